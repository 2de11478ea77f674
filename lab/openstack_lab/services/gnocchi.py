"""Gnocchi: measures over time, in files."""
from ..context import PORTS, Context
from ..model import Endpoint, Service


def service(lab: Context) -> Service:
    state = lab.paths.state / "gnocchi"
    port = PORTS["gnocchi"]
    config = {
        "DEFAULT": {"debug": "false", "parallel_operations": 2, "coordination_url": f"file://{state}/coord"},
        "indexer": {"url": lab.database_url("gnocchi")},
        # No [incoming] section: with files it keeps measures where nothing looks for them.
        "storage": {"driver": "file", "file_basepath": f"{state}/storage"},
        "metricd": {
            "workers": 1, "metric_processing_delay": 2, "greedy": "false", "metric_reporting_delay": -1,
            "metric_cleanup_delay": 300,
        },
        "api": {"auth_mode": "keystone", "host": lab.host, "port": port, "operation_timeout": 30},
        "keystone_authtoken": lab.authtoken("gnocchi"),
    }
    path, text, api = lab.uwsgi("gnocchi-api", "gnocchi.rest.wsgi:application", port)
    return Service(
        name="gnocchi",
        files={lab.paths.conf("gnocchi", "gnocchi.conf"): config, path: text},
        programs=[api, lab.worker("gnocchi-metricd")],
        ports=[port],
        folders=[state / "storage", state / "coord"],
        databases=["gnocchi"],
        migrations=[["gnocchi-upgrade", "--skip-incoming", "--skip-storage"]],
        endpoints=[Endpoint("metric", "gnocchi", port)],
    )
