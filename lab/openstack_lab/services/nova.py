"""Nova: servers: containers of libvirt's in profile `full`; in `api` its driver only keeps their books."""
from ..context import COMPUTE_HOST, LOG, OVS, PORTS, RABBIT, Context
from ..model import Endpoint, Program, Service, Stage


def service(lab: Context) -> Service:
    state = lab.paths.state / "nova"
    paste = lab.paths.venv / "etc/nova/api-paste.ini"
    config = {
        "DEFAULT": {
            **LOG, "my_ip": lab.host, "host": COMPUTE_HOST, "state_path": str(state), "transport_url": lab.rabbit,
            **(_BOOTING if lab.full else {"compute_driver": "lab.LabDriver"}), "enabled_apis": "osapi_compute", "allow_resize_to_same_host": "true",
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
        "neutron": lab.credentials(
            "neutron", service_metadata_proxy="true", metadata_proxy_shared_secret=lab.passwords["metadata"]
        ),
        # Nova's copies of images that no server boots from any more.
        "image_cache": {"manager_interval": 120, "remove_unused_original_minimum_age_seconds": 120},
        "libvirt": {"virt_type": "lxc", "images_type": "raw", "disk_prefix": "vd", "volume_use_multipath": "false"},
        "os_vif_ovs": {"ovsdb_connection": OVS},
        # Everything runs as root already.
        "workarounds": {"disable_rootwrap": "true"},
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
    metadata_path, metadata_text, metadata = lab.uwsgi(
        "nova-metadata", "nova.wsgi.metadata:application", PORTS["nova-metadata"], OS_NOVA_DISABLE_EVENTLET_PATCHING="1"
    )
    driver = "nova_libvirt" if lab.full else "nova_compute"
    compute = Program("nova-compute", f"{lab.paths.bin}/python -m openstack_lab.drivers.{driver}", Stage.COMPUTE)
    return Service(
        name="nova",
        # Nova's API looks for its paste file beside nova.conf.
        files={
            lab.paths.conf("nova", "nova.conf"): config,
            lab.paths.conf("nova", "api-paste.ini"): paste.read_text(),
            path: text,
            **({metadata_path: metadata_text} if lab.full else {}),
            # A node's identity must outlive restarts, or its servers belong to nobody.
            state / "compute_id": lab.passwords.uuid("compute"),
        },
        executables={lab.paths.shims / "sudo": SUDO} if lab.full else {},
        programs=[api, lab.worker("nova-conductor"), lab.worker("nova-scheduler"), compute,
                  *([metadata] if lab.full else ())],
        ports=[PORTS["nova"], *([PORTS["nova-metadata"]] if lab.full else ())],
        folders=[state / "lock", state / "instances"],
        databases=["nova_api", "nova_cell0", "nova"],
        migrations=[["nova-manage", "api_db", "sync"], ["nova-manage", "db", "sync"]],
        endpoints=[Endpoint("compute", "nova", PORTS["nova"], "/v2.1")],
    )


# Everything runs as root already, with and without rootwrap.
SUDO = """#!/bin/sh
case "${1##*/}" in *-rootwrap) shift 2 ;; esac
exec "$@"
"""
# One host with little of everything: what it promises is more than it has, as on most clouds.
_BOOTING = {
    "compute_driver": "libvirt.LibvirtDriver", "use_cow_images": "false", "force_raw_images": "true",
    "vif_plugging_timeout": 60, "vif_plugging_is_fatal": "true", "force_config_drive": "false",
    "cpu_allocation_ratio": 16, "ram_allocation_ratio": 4, "disk_allocation_ratio": 16, "reserved_host_memory_mb": 0,
    "running_deleted_instance_action": "reap",
    # The lab's next `up` is the host's next boot.
    "resume_guests_state_on_host_boot": "true",
}


def cell_rows(lab: Context) -> list[tuple[str, str, str, str]]:
    """The two cells as rows of nova_api.cell_mappings: uuid, name, transport and database."""
    return [
        ("00000000-0000-0000-0000-000000000000", "cell0", "none:///", lab.database_url("nova_cell0")),
        ("11111111-1111-4111-8111-111111111111", "cell1", lab.rabbit, lab.database_url("nova")),
    ]
