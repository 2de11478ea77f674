"""Glance: images, in files."""
from ..context import LOG, PORTS, RABBIT, Context
from ..model import Endpoint, Service


def service(lab: Context) -> Service:
    state = lab.paths.state / "glance"
    port = PORTS["glance"]
    config = {
        "DEFAULT": {
            **LOG, "bind_host": lab.host, "bind_port": port, "workers": 0, "transport_url": lab.rabbit,
            "enabled_backends": "lab:file", "node_staging_uri": f"file://{state}/staging",
            "worker_self_reference_url": f"http://{lab.host}:{port}",
        },
        "database": lab.database("glance"),
        "glance_store": {"default_backend": "lab"},
        "lab": {"filesystem_store_datadir": f"{state}/images"},
        "os_glance_staging_store": {"filesystem_store_datadir": f"{state}/staging"},
        "os_glance_tasks_store": {"filesystem_store_datadir": f"{state}/tasks"},
        "keystone_authtoken": lab.authtoken("glance"),
        "paste_deploy": {"flavor": "keystone", "config_file": f"{lab.paths.venv}/etc/glance/glance-api-paste.ini"},
        "oslo_concurrency": {"lock_path": f"{state}/lock"},
        "oslo_messaging_rabbit": RABBIT,
    }
    path, text, program = lab.uwsgi("glance-api", "glance.wsgi.api:application", port)
    return Service(
        name="glance",
        files={lab.paths.conf("glance", "glance-api.conf"): config, path: text},
        programs=[program],
        ports=[port],
        folders=[state / name for name in ("images", "staging", "tasks", "lock")],
        databases=["glance"],
        migrations=[["glance-manage", "db_sync"]],
        endpoints=[Endpoint("image", "glance", port)],
    )
