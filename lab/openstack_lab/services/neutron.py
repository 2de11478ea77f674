"""Neutron: networks, routers, security groups, floating IPs. In profile `api` every port binds at once."""
from ..context import COMPUTE_HOST, HOST, LOG, PORTS, RABBIT, Context
from ..model import Endpoint, Service

PLUGINS = "router,qos,trunk,segments,port_forwarding,network_ip_availability"


def service(lab: Context) -> Service:
    state = lab.paths.state / "neutron"
    port = PORTS["neutron"]
    config = {
        "DEFAULT": {
            **LOG, "bind_host": HOST, "bind_port": port, "transport_url": lab.rabbit, "core_plugin": "ml2",
            "service_plugins": PLUGINS, "api_workers": 1, "rpc_workers": 0, "state_path": str(state),
            "host": COMPUTE_HOST, "api_paste_config": f"{lab.paths.venv}/etc/neutron/api-paste.ini",
            "dns_domain": "lab.example.", "notify_nova_on_port_status_changes": "true",
            "notify_nova_on_port_data_changes": "true", "global_physnet_mtu": 1500,
            "router_scheduler_driver": "neutron.scheduler.l3_agent_scheduler.ChanceScheduler",
        },
        "database": lab.database("neutron"),
        "keystone_authtoken": lab.authtoken("neutron"),
        "nova": lab.credentials("nova"),
        "placement": lab.credentials("placement"),
        "oslo_concurrency": {"lock_path": str(state / "lock")},
        "quotas": lab.quotas(
            quota_network=100, quota_subnet=100, quota_port=500, quota_router=10, quota_floatingip=50,
            quota_security_group=10, quota_security_group_rule=100,
        ),
        "oslo_messaging_notifications": lab.notifications,
        "oslo_messaging_rabbit": RABBIT,
    }
    ml2 = {
        "ml2": {
            "type_drivers": "flat,vlan,vxlan", "tenant_network_types": "vxlan", "mechanism_drivers": "lab",
            "extension_drivers": "port_security,dns_domain_ports,qos",
        },
        "ml2_type_flat": {"flat_networks": "public"},
        "ml2_type_vlan": {"network_vlan_ranges": "public,physnet1:100:2999"},
        "ml2_type_vxlan": {"vni_ranges": "1:65535"},
        "securitygroup": {"enable_security_group": "true"},
    }
    conf, ml2_conf = lab.paths.conf("neutron", "neutron.conf"), lab.paths.conf("neutron", "ml2_conf.ini")
    path, text, program = lab.uwsgi("neutron-api", "neutron.wsgi.api:application", port, 2)
    migrate = ["neutron-db-manage", "--config-file", str(conf), "--config-file", str(ml2_conf), "upgrade", "heads"]
    return Service(
        name="neutron",
        files={conf: config, ml2_conf: ml2, path: text},
        programs=[program],
        ports=[port],
        folders=[state / "lock"],
        databases=["neutron"],
        migrations=[migrate],
        endpoints=[Endpoint("network", "neutron", port)],
    )
