"""Nova: servers. In profile `api` its driver only keeps their books."""
from ..context import COMPUTE_HOST, HOST, LOG, PORTS, RABBIT, Context
from ..model import Endpoint, Program, Service, Stage


def service(lab: Context) -> Service:
    state = lab.paths.state / "nova"
    paste = lab.paths.venv / "etc/nova/api-paste.ini"
    config = {
        "DEFAULT": {
            **LOG, "my_ip": HOST, "host": COMPUTE_HOST, "state_path": str(state), "transport_url": lab.rabbit,
            "compute_driver": "lab.LabDriver", "enabled_apis": "osapi_compute", "allow_resize_to_same_host": "true",
            "report_interval": 30, "service_down_time": 120, "instance_usage_audit": "false",
        },
        "api": {"auth_strategy": "keystone"},
        "wsgi": {"api_paste_config": str(paste)},
        "api_database": lab.database("nova_api"),
        "database": lab.database("nova"),
        "keystone_authtoken": lab.authtoken("nova"),
        "service_user": lab.service_user("nova"),
        "glance": {"region_name": "RegionOne"},
        "placement": lab.credentials("placement"),
        "neutron": lab.credentials("neutron"),
        "cinder": lab.credentials("cinder", os_region_name="RegionOne"),
        "barbican": {"auth_endpoint": f"{lab.auth_url}/v3"},
        "key_manager": {"backend": "barbican"},
        "scheduler": {"workers": 1, "discover_hosts_in_cells_interval": 5},
        "conductor": {"workers": 1},
        "oslo_concurrency": {"lock_path": str(state / "lock")},
        "vnc": {"enabled": "false"},
        "quota": lab.quotas(instances=10, cores=20, ram=51200, server_groups=10, server_group_members=10),
        "notifications": {"notify_on_state_change": "vm_and_task_state", "notification_format": "unversioned"},
        "oslo_messaging_notifications": lab.notifications,
        "oslo_messaging_rabbit": RABBIT,
        "cache": {"enabled": "true", "backend": "dogpile.cache.pymemcache", "memcache_servers": lab.memcached},
    }
    path, text, api = lab.uwsgi(
        "nova-api", "nova.wsgi.osapi_compute:application", PORTS["nova"], 2, OS_NOVA_DISABLE_EVENTLET_PATCHING="1"
    )
    compute = Program(
        "nova-compute", f"{lab.paths.bin}/python -m openstack_lab.drivers.nova_compute", Stage.COMPUTE
    )
    return Service(
        name="nova",
        # Nova's API looks for its paste file beside nova.conf.
        files={
            lab.paths.conf("nova", "nova.conf"): config,
            lab.paths.conf("nova", "api-paste.ini"): paste.read_text(),
            path: text,
            # A node's identity must outlive restarts, or its servers belong to nobody.
            state / "compute_id": lab.passwords.uuid("compute"),
        },
        programs=[api, lab.worker("nova-conductor"), lab.worker("nova-scheduler"), compute],
        ports=[PORTS["nova"]],
        folders=[state / "lock"],
        databases=["nova_api", "nova_cell0", "nova"],
        migrations=[["nova-manage", "api_db", "sync"], ["nova-manage", "db", "sync"]],
        endpoints=[Endpoint("compute", "nova", PORTS["nova"], "/v2.1")],
    )


def cell_rows(lab: Context) -> list[tuple[str, str, str, str]]:
    """The two cells as rows of nova_api.cell_mappings: uuid, name, transport and database."""
    return [
        ("00000000-0000-0000-0000-000000000000", "cell0", "none:///", lab.database_url("nova_cell0")),
        ("11111111-1111-4111-8111-111111111111", "cell1", lab.rabbit, lab.database_url("nova")),
    ]
