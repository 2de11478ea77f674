"""Octavia: load balancers: by OVN in profile `full`; in `api` no amphora boots, VIP ports and security groups are real."""
import json

from ..context import LOG, OVN_NB, OVN_SB, PORTS, RABBIT, Context
from ..model import Endpoint, Service, Stage

# Octavia's own "keystone default roles" policy: a plain `member` may have load balancers.
POLICY = {
    "load-balancer:admin": "role:admin",
    "load-balancer:global_observer": "role:admin",
    "load-balancer:owner": "project_id:%(project_id)s",
    "load-balancer:observer_and_owner": "role:reader and rule:load-balancer:owner",
    "load-balancer:member_and_owner": "role:member and rule:load-balancer:owner",
}

BOOKKEPT = "amphora: The lab amphora provider,octavia: alias of amphora,ovn: what OVN would take and refuse"


def service(lab: Context) -> Service:
    state, certificates = lab.paths.state / "octavia", lab.paths.state / "octavia"
    port = PORTS["octavia"]
    policy = lab.paths.conf("octavia", "policy.yaml")
    config = {
        "DEFAULT": {**LOG, "transport_url": lab.rabbit},
        "api_settings": {
            "bind_host": lab.host, "bind_port": port, "auth_strategy": "keystone",
            "enabled_provider_drivers": "ovn: OVN on layer 4" if lab.full else BOOKKEPT,
            "default_provider_driver": "ovn" if lab.full else "amphora", "allow_tls_terminated_listeners": "true",
        },
        "database": lab.database("octavia"),
        "keystone_authtoken": lab.authtoken("octavia"),
        "service_auth": lab.credentials("octavia", memcached_servers=lab.memcached),
        # Whole: what is missing here Octavia would take from service_auth at the first use, in a way two threads may not
        # take at once ("password is a required attribute", and a balancer in ERROR).
        "neutron": lab.credentials("octavia", endpoint_override=f"http://{lab.host}:{PORTS['neutron']}"),
        "oslo_messaging": {"topic": "octavia_prov", "rpc_thread_pool_size": 4},
        "oslo_policy": {"policy_file": str(policy)},
        "health_manager": {
            "heartbeat_key": lab.passwords["octavia-heartbeat"], "bind_ip": lab.host,
            "controller_ip_port_list": f"{lab.host}:5555",
        },
        "certificates": {
            "cert_generator": "local_cert_generator", "cert_manager": "barbican_cert_manager",
            "ca_certificate": f"{certificates}/ca.pem", "ca_private_key": f"{certificates}/ca.key",
            "ca_private_key_passphrase": lab.passwords["octavia-ca"],
            "server_certs_key_passphrase": lab.passwords["octavia-certificates"],
        },
        "controller_worker": {
            "workers": 1, "amphora_driver": "amphora_noop_driver", "compute_driver": "compute_noop_driver",
            "network_driver": "lab_network_driver", "volume_driver": "volume_noop_driver",
            "image_driver": "image_noop_driver", "distributor_driver": "distributor_noop_driver",
            "amp_image_tag": "amphora", "amp_flavor_id": "lab", "loadbalancer_topology": "SINGLE",
            "client_ca": f"{certificates}/ca.pem", "event_notifications": "false",
        },
        "haproxy_amphora": {"client_cert": f"{certificates}/client.pem", "server_ca": f"{certificates}/ca.pem"},
        "ovn": {"ovn_nb_connection": OVN_NB, "ovn_sb_connection": OVN_SB},
        # The provider knows the agent's sockets by their default paths only.
        "driver_agent": {
            "status_socket_path": "/var/run/octavia/status.sock", "stats_socket_path": "/var/run/octavia/stats.sock",
            "get_socket_path": "/var/run/octavia/get.sock", "enabled_provider_agents": "ovn",
            "status_max_processes": 4, "stats_max_processes": 2, "get_max_processes": 4,
        } if lab.full else {},
        "task_flow": {"engine": "parallel", "max_workers": 4},
        "oslo_concurrency": {"lock_path": str(state / "lock")},
        "oslo_messaging_rabbit": RABBIT,
    }
    path, text, api = lab.uwsgi(
        "octavia-api", "openstack_lab.drivers.wsgi.octavia:application", port, lazy=lab.full,
        LAB_OVN="real" if lab.full else "bookkept",
    )
    # OVN needs no worker; its agent must be there before the API looks for the provider.
    worker = lab.worker("octavia-driver-agent", stage=Stage.IDENTITY) if lab.full else lab.worker("octavia-worker")
    return Service(
        name="octavia",
        files={
            lab.paths.conf("octavia", "octavia.conf"): config,
            policy: json.dumps(POLICY, indent=1),
            path: text,
        },
        programs=[api, worker],
        ports=[port],
        folders=[state / "lock"],
        databases=["octavia"],
        migrations=[["octavia-db-manage", "upgrade", "head"]],
        endpoints=[Endpoint("load-balancer", "octavia", port)],
    )
