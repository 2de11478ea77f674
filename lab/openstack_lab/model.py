"""What a service of the lab is: its configuration, its programs, its databases and its place in the catalogue."""
from dataclasses import dataclass, field
from enum import IntEnum
from pathlib import Path
from typing import Mapping, Sequence, Union

from .files import Ini


class Stage(IntEnum):
    """When a program starts; each stage waits for the one before."""

    INFRASTRUCTURE = 0
    NETWORK = 1
    IDENTITY = 2
    API = 3
    WORKER = 4
    COMPUTE = 5
    TELEMETRY = 6


@dataclass(frozen=True)
class Program:
    """A process under the supervisor."""

    name: str
    command: str
    stage: Stage
    environment: Mapping[str, str] = field(default_factory=dict)
    # RabbitMQ's launcher does not pass a TERM on.
    stop_signal: str = "TERM"
    stop_seconds: int = 5
    # Whether what it started ends with it.
    owns_children: bool = True


@dataclass(frozen=True)
class Endpoint:
    """An entry of Keystone's catalogue; `path` follows the port, e.g. `/v2.1`."""

    type: str
    name: str
    port: int
    path: str = ""


@dataclass(frozen=True)
class Service:
    """Everything that the lab must know of one service; adding one is adding a file in `services/`."""

    name: str
    files: Mapping[Path, Union[str, Ini]] = field(default_factory=dict)
    executables: Mapping[Path, str] = field(default_factory=dict)
    programs: Sequence[Program] = ()
    ports: Sequence[int] = ()
    folders: Sequence[Path] = ()
    databases: Sequence[str] = ()
    # Commands that make the tables, run one after the other; kept in the schema dump.
    migrations: Sequence[Sequence[str]] = ()
    endpoints: Sequence[Endpoint] = ()
    # Whether Keystone has a user of the service's name, with the roles admin and service.
    has_user: bool = True
