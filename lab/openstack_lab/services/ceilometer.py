"""Ceilometer: its notification agent makes Gnocchi's resources out of what the services say."""
import json

from ..context import LOG, RABBIT, Context
from ..model import Service, Stage

# Gnocchi keeps a policy as it was made: another content takes another name.
ARCHIVE_POLICY = "lab-seconds"


def service(lab: Context) -> Service:
    coordination = lab.paths.state / "ceilometer" / "coord"
    config = {
        "DEFAULT": {**LOG, "transport_url": lab.rabbit},
        "notification": {"workers": 1, "messaging_urls": lab.rabbit, "pipelines": "meter"},
        "service_credentials": lab.credentials("ceilometer", interface="public"),
        "keystone_authtoken": lab.authtoken("ceilometer"),
        "coordination": {"backend_url": f"file://{coordination}"},
        "oslo_messaging_rabbit": RABBIT,
    }
    publisher = f"gnocchi://?archive_policy={ARCHIVE_POLICY}&filter_project=service"
    pipeline = {
        "sources": [{"name": "meter_source", "meters": ["*"], "sinks": ["meter_sink"]}],
        "sinks": [{"name": "meter_sink", "publishers": [publisher]}],
    }
    return Service(
        name="ceilometer",
        files={
            lab.paths.conf("ceilometer", "ceilometer.conf"): config,
            lab.paths.conf("ceilometer", "pipeline.yaml"): json.dumps(pipeline),
        },
        programs=[lab.worker("ceilometer-notification", "ceilometer-agent-notification", Stage.TELEMETRY)],
        folders=[coordination],
    )
