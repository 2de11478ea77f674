"""
Ceilometer: its notification agent makes Gnocchi's resources out of what the services say; in profile `full` its compute agent
asks libvirt how much of the processors each server used.
"""
import json

from ..context import COMPUTE_HOST, LOG, LOOPBACK, PORTS, RABBIT, Context
from ..model import Program, Service, Stage

# Gnocchi keeps a policy as it was made: another content takes another name.
ARCHIVE_POLICY = "lab-seconds"
# Most clouds ask every 300 s; tests of auto-scaling wait for this.
POLLING_SECONDS = 5


def service(lab: Context) -> Service:
    coordination = lab.paths.state / "ceilometer" / "coord"
    config = {
        "DEFAULT": {
            **LOG, "transport_url": lab.rabbit, "host": COMPUTE_HOST,
            **({"libvirt_type": "lxc"} if lab.full else {}),
        },
        "compute": {"instance_discovery_method": "libvirt_metadata"},
        "polling": {
            "cfg_file": "polling.yaml",
            # For Prometheus, beside what goes to Gnocchi.
            "enable_prometheus_exporter": "true",
            "prometheus_listen_addresses": f"{LOOPBACK}:{PORTS['ceilometer-exporter']}",
        },
        "notification": {"workers": 1, "messaging_urls": lab.rabbit},
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
    # Marks the resources of servers that are gone as ended, which Ceilometer's own default does not.
    events = {
        "sources": [{"name": "event_source", "events": ["compute.instance.delete.*"], "sinks": ["event_sink"]}],
        "sinks": [{"name": "event_sink", "publishers": ["gnocchi://?filter_project=service"]}],
    }
    polling = {"sources": [{"name": "cpu", "interval": POLLING_SECONDS, "meters": ["cpu"]}]}
    agent = f"{lab.paths.bin}/python -m openstack_lab.drivers.ceilometer_compute --polling-namespaces compute"
    return Service(
        name="ceilometer",
        files={
            lab.paths.conf("ceilometer", "ceilometer.conf"): config,
            lab.paths.conf("ceilometer", "pipeline.yaml"): json.dumps(pipeline),
            lab.paths.conf("ceilometer", "event_pipeline.yaml"): json.dumps(events),
            lab.paths.conf("ceilometer", "polling.yaml"): json.dumps(polling),
        },
        programs=[
            lab.worker("ceilometer-notification", "ceilometer-agent-notification", Stage.TELEMETRY),
            *([Program("ceilometer-compute", agent, Stage.TELEMETRY)] if lab.full else ()),
        ],
        folders=[coordination],
    )
