"""The keeper's settings, as user data left them."""
import json
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

FILE = Path("/etc/ecommerce/keeper.json")
AUTHORITY = Path("/etc/ecommerce/database-ca.crt")
IDENTITY = Path("/etc/ecommerce/backup.key")
# Of the backups that a restore is from, which may be another store's.
RESTORE_IDENTITY = Path("/etc/ecommerce/restore.key")
FOLDER = Path("/var/lib/ecommerce/keeper")
DRILLS = Path("/var/lib/mysql/ecommerce-drill")
SCHEMA = "ecommerce_backups"


@dataclass(frozen=True)
class Account:
    host: str
    port: int
    user: str
    password: str


@dataclass(frozen=True)
class Credential:
    id: str
    secret: str


@dataclass(frozen=True)
class Restore:
    text: str
    at: int  # seconds since 1970
    container_url: str


@dataclass(frozen=True)
class Growth:
    """Of the database's volume."""

    most: int  # GiB
    url: str  # of the volume's actions
    credential: Credential


@dataclass(frozen=True)
class Settings:
    keeper: Account
    restorer: Account | None
    auth_url: str
    container_url: str
    writer: Credential
    reader: Credential
    recipient: str
    base_hours: int
    keep_days: int
    drill_hours: int
    drill_pool: int  # MiB
    restore: Restore | None
    growth: Growth | None

    @property
    def base_life(self) -> int:
        """Seconds after which Swift deletes a base."""
        return 3600 * (24 * self.keep_days + self.base_hours)

    @property
    def log_life(self) -> int:
        """Of a whole file of the log: longer than any base that needs it."""
        return 3600 * (24 * self.keep_days + 2 * self.base_hours)


def load() -> Settings:
    values = json.loads(FILE.read_text())
    database, restorer, restore, growth = values["database"], values.get("restorer"), values.get("restore"), values.get("growth")
    return Settings(
        keeper=Account(**database),
        restorer=Account(**{**database, **restorer}) if restorer else None,
        auth_url=values["authUrl"],
        container_url=values["containerUrl"],
        writer=Credential(**values["writer"]),
        reader=Credential(**values["reader"]),
        recipient=values["recipient"],
        base_hours=values["baseHours"],
        keep_days=values["keepDays"],
        drill_hours=values["drillHours"],
        drill_pool=values["drillPool"],
        restore=Restore(restore["at"], _second(restore["at"]), restore["containerUrl"]) if restore else None,
        growth=Growth(growth["to"], growth["url"], Credential(**growth["credential"])) if growth else None,
    )


def _second(text: str) -> int:
    return int(datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=timezone.utc).timestamp())
