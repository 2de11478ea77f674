"""Neutron: networks, routers, security groups, floating IPs: by OVN in profile `full`; in `api` every port binds at once."""
from pathlib import Path

from ..context import COMPUTE_HOST, EDGE, LOG, OVN_NB, OVN_SB, OVS, PORTS, RABBIT, Context
from ..files import Ini
from ..model import Endpoint, Program, Service, Stage

PLUGINS = "qos,trunk,segments,port_forwarding,network_ip_availability"
PROCESSES = 2


def service(lab: Context) -> Service:
    state = lab.paths.state / "neutron"
    port = PORTS["neutron"]
    config = {
        "DEFAULT": {
            **LOG, "bind_host": lab.host, "bind_port": port, "transport_url": lab.rabbit, "core_plugin": "ml2",
            "service_plugins": f"{'ovn-router' if lab.full else 'router'},{PLUGINS}",
            # The OVN driver counts on being told how many there are.
            "api_workers": PROCESSES if lab.full else 1, "rpc_workers": 0, "state_path": str(state),
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
    overlay, mechanism = ("geneve", "ovn") if lab.full else ("vxlan", "lab")
    ml2 = {
        "ml2": {
            "type_drivers": f"flat,vlan,{overlay}", "tenant_network_types": overlay, "mechanism_drivers": mechanism,
            "extension_drivers": "port_security,dns_domain_ports,qos",
        },
        "ml2_type_flat": {"flat_networks": "public"},
        "ml2_type_vlan": {"network_vlan_ranges": "public,physnet1:100:2999"},
        f"ml2_type_{overlay}": {"vni_ranges": "1:65535", **({"max_header_size": 38} if lab.full else {})},
        "securitygroup": {"enable_security_group": "true"},
        **({"ovn": OVN} if lab.full else {}),
    }
    conf, ml2_conf = lab.paths.conf("neutron", "neutron.conf"), lab.paths.conf("neutron", "ml2_conf.ini")
    path, text, program = lab.uwsgi("neutron-api", "neutron.wsgi.api:application", port, PROCESSES, lazy=lab.full)
    migrate = ["neutron-db-manage", "--config-file", str(conf), "--config-file", str(ml2_conf), "upgrade", "heads"]
    return Service(
        name="neutron",
        files={conf: config, ml2_conf: ml2, path: text, **(_metadata_agent(lab) if lab.full else {})},
        programs=[program, *(_workers(lab) if lab.full else ())],
        ports=[port],
        folders=[state / "lock"],
        databases=["neutron"],
        migrations=[migrate],
        endpoints=[Endpoint("network", "neutron", port)],
    )


# Floating IPs and gateways on the one chassis there is; resolvers: the lab's own, which answers at once.
OVN = {
    "ovn_nb_connection": OVN_NB, "ovn_sb_connection": OVN_SB, "ovn_metadata_enabled": "true",
    "enable_distributed_floating_ip": "false", "dns_servers": EDGE,
}


def _metadata_agent(lab: Context) -> dict[Path, Ini]:
    state = lab.paths.state / "neutron"
    return {lab.paths.conf("neutron", "ovn_metadata_agent.ini"): {
        "DEFAULT": {
            **LOG, "host": COMPUTE_HOST, "state_path": str(state), "nova_metadata_host": lab.host,
            "nova_metadata_port": PORTS["nova-metadata"], "metadata_proxy_shared_secret": lab.passwords["metadata"],
            "metadata_workers": 1,
        },
        "ovs": {"ovsdb_connection": OVS},
        "ovn": {"ovn_nb_connection": OVN_NB, "ovn_sb_connection": OVN_SB},
        # It runs as root, and this is what it puts before its commands.
        "agent": {"root_helper": "/usr/bin/env"},
        "oslo_concurrency": {"lock_path": str(state / "lock")},
    }}


def _workers(lab: Context) -> list[Program]:
    folder = lab.paths.conf("neutron", "")
    base = f"--config-file {folder}/neutron.conf --config-file {folder}"
    agent = f"{lab.paths.bin}/python -m openstack_lab.drivers.ovn_metadata {base}/ovn_metadata_agent.ini"
    return [
        Program("neutron-maintenance", f"{lab.paths.bin}/neutron-ovn-maintenance-worker {base}/ml2_conf.ini", Stage.WORKER),
        Program("neutron-metadata", agent, Stage.WORKER),
    ]
