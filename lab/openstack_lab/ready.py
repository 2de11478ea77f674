"""Waiting for what really says that a service works, rather than for open ports."""
import socket
import time
from typing import Callable, Iterable

from .context import HOST, Context
from .database import connect as connect_database
from .identity import connect
from .progress import fail

WORKERS = {"nova-compute", "nova-scheduler", "nova-conductor", "cinder-volume", "cinder-scheduler"}


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
    until("the lab", lambda: [port for port in wanted if not is_open(port)], seconds, lab)


def is_open(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((HOST, port)) == 0


def workers(lab: Context) -> None:
    cloud = connect(lab)

    def down() -> set[str]:
        services = [*cloud.compute.services(), *cloud.block_storage.services()]
        return WORKERS - {service.binary for service in services if service.state == "up"}

    until("Nova and Cinder", down, 180, lab)
    until("the compute host", lambda: _unscheduled(lab), 180, lab)


def _unscheduled(lab: Context) -> list[str]:
    """A server can be scheduled when the host is mapped to its cell and Placement knows its room."""
    with connect_database(lab) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT (SELECT count(*) FROM nova_api.host_mappings), (SELECT count(*) FROM placement.inventories)")
        mapped, inventories = cursor.fetchone()
    return [name for name, rows in (("cell mapping", mapped), ("inventory", inventories)) if not rows]
