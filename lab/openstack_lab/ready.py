"""Waiting for what really says that a service works, rather than for open ports."""
import socket
import time
from typing import Callable, Iterable

import amqp

from .context import COMPUTE_HOST, LOOPBACK, PORTS, Context
from .database import connect as connect_database
from .identity import connect
from .progress import fail

WORKERS = {"nova-compute", "nova-scheduler", "nova-conductor", "cinder-volume", "cinder-scheduler"}

# A request that is cast to a queue before its worker listens is lost, whatever the worker's last report said.
QUEUES = [
    f"compute.{COMPUTE_HOST}", "conductor", "scheduler", "cinder-scheduler", f"cinder-volume.{COMPUTE_HOST}@lab",
    "engine", "engine_worker", "heat-engine-listener", "notifications.info", "alarming.sample",
]


def until(what: str, missing: Callable[[], object], seconds: float, lab: Context) -> None:
    """Polls until nothing is missing. @raises LabError naming what still is, and where the logs are"""
    deadline = time.monotonic() + seconds
    while True:
        try:
            left = missing()
        except Exception as error:  # a service that still starts may answer anything
            left = error
        if not left:
            return
        if time.monotonic() > deadline:
            fail(f"{what} is not ready after {seconds:.0f} s; missing: {left}. Logs are in {lab.paths.log}")
        time.sleep(0.2)


def ports(lab: Context, wanted: Iterable[int], seconds: float = 180) -> None:
    until("the lab", lambda: [port for port in wanted if not is_open(lab, port)], seconds, lab)


def is_open(lab: Context, port: int) -> bool:
    """Where the APIs are, or where only the lab's own programs come."""
    return any(_answers(host, port) for host in {lab.host, LOOPBACK})


def _answers(host: str, port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((host, port)) == 0


def workers(lab: Context) -> None:
    cloud = connect(lab)

    def down() -> set[str]:
        services = [*cloud.compute.services(), *cloud.block_storage.services()]
        return WORKERS - {service.binary for service in services if service.state == "up"}

    until("the broker", lambda: _unheard(lab), 180, lab)
    until("Nova and Cinder", down, 180, lab)
    until("the compute host", lambda: _unscheduled(lab), 180, lab)
    until("Cinder's scheduler", lambda: [] if list(cloud.block_storage.backend_pools()) else ["a backend"], 180, lab)


def _unheard(lab: Context) -> list[str]:
    """The queues that nobody listens to."""
    with amqp.Connection(f"{LOOPBACK}:{PORTS['rabbitmq']}", "lab", lab.passwords["rabbitmq"]) as connection:
        # OVN's balancers have no worker.
        queues = QUEUES if lab.full else [*QUEUES, "octavia_provisioning_v2"]
        return [queue for queue in queues if not _consumers(connection, queue)]


def _consumers(connection: amqp.Connection, queue: str) -> int:
    with connection.channel() as channel:  # asking for a queue that is not there closes its channel
        try:
            return channel.queue_declare(queue, passive=True).consumer_count
        except amqp.NotFound:
            return 0


def _unscheduled(lab: Context) -> list[str]:
    """A server can be scheduled when the host is mapped to its cell and Placement knows its room."""
    with connect_database(lab) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT (SELECT count(*) FROM nova_api.host_mappings), (SELECT count(*) FROM placement.inventories)")
        mapped, inventories = cursor.fetchone()
    return [name for name, rows in (("cell mapping", mapped), ("inventory", inventories)) if not rows]
