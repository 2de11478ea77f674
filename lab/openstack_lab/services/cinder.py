"""Cinder: volumes: loop devices in profile `full`; in `api` there is no storage behind them."""
from ..context import COMPUTE_HOST, LOG, PORTS, RABBIT, Context
from ..model import Endpoint, Service


def service(lab: Context) -> Service:
    state, etc = lab.paths.state / "cinder", lab.paths.venv / "etc/cinder"
    port = PORTS["cinder"]
    driver = "cinder_loop.LoopDriver" if lab.full else "cinder_volume.LabVolumeDriver"
    storage = {"lab_volume_folder": str(state / "volumes"), "lab_device_folder": str(state / "devices")} if lab.full else {}
    config = {
        "DEFAULT": {
            **LOG, "my_ip": lab.host, "host": COMPUTE_HOST, "state_path": str(state), "transport_url": lab.rabbit,
            "auth_strategy": "keystone", "enabled_backends": "lab", "default_volume_type": "lab",
            "api_paste_config": f"{etc}/api-paste.ini", "resource_query_filters_file": f"{etc}/resource_filters.json",
            "glance_api_servers": f"http://{lab.host}:{PORTS['glance']}", "service_down_time": 180, "report_interval": 30,
            # What cinder-volume said of its room before the scheduler listened is lost until it says so again.
            "backend_stats_polling_interval": 5, "periodic_interval": 5, "periodic_fuzzy_delay": 0,
            **lab.quotas(quota_volumes=10, quota_snapshots=10, quota_gigabytes=1000),
        },
        "lab": {"volume_driver": f"openstack_lab.drivers.{driver}", "volume_backend_name": "lab", **storage},
        "database": lab.database("cinder"),
        # By it access rules of application credentials are judged.
        "keystone_authtoken": {**lab.authtoken("cinder"), "service_type": "block-storage"},
        "service_user": lab.service_user("cinder"),
        "nova": lab.credentials("nova"),
        "key_manager": {"backend": "barbican"},
        "barbican": {"auth_endpoint": f"{lab.auth_url}/v3"},
        "coordination": {"backend_url": f"file://{state}/coord"},
        "oslo_concurrency": {"lock_path": str(state / "lock")},
        "oslo_messaging_notifications": lab.notifications,
        "oslo_messaging_rabbit": RABBIT,
    }
    path, text, api = lab.uwsgi("cinder-api", "cinder.wsgi.api:application", port, 2)
    return Service(
        name="cinder",
        files={lab.paths.conf("cinder", "cinder.conf"): config, path: text},
        programs=[api, lab.worker("cinder-scheduler"), lab.worker("cinder-volume")],
        ports=[port],
        folders=[state / "lock", state / "coord", state / "volumes", state / "devices"],
        databases=["cinder"],
        migrations=[["cinder-manage", "db", "sync"]],
        endpoints=[
            Endpoint("volumev3", "cinderv3", port, "/v3/%(project_id)s"),
            Endpoint("block-storage", "cinder", port, "/v3/%(project_id)s"),
        ],
    )
