"""Prometheus: what Ceilometer's compute agent exports, for Aodh's alarms of that kind."""
import json

from ..context import LOOPBACK, PORTS, Context
from ..model import Program, Service, Stage
from .ceilometer import POLLING_SECONDS

KEPT = "6h"


def service(lab: Context) -> Service:
    port, data = PORTS["prometheus"], lab.paths.state / "prometheus"
    config = lab.paths.etc / "prometheus" / "prometheus.yml"
    exporter = f"{LOOPBACK}:{PORTS['ceilometer-exporter']}"
    scrape = {"job_name": "ceilometer", "scrape_interval": f"{POLLING_SECONDS}s",
              "static_configs": [{"targets": [exporter]}]}
    command = (f"/usr/bin/prometheus --config.file={config} --storage.tsdb.path={data} "
               f"--storage.tsdb.retention.time={KEPT} --web.listen-address={LOOPBACK}:{port} --log.level=warn")
    return Service(
        name="prometheus",
        # JSON is YAML too.
        files={config: json.dumps({"scrape_configs": [scrape]})},
        programs=[Program("prometheus", command, Stage.WORKER)],
        ports=[port],
        folders=[data],
        has_user=False,
    )
