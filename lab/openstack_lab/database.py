"""The services' databases: made once, migrated once; the result is kept for the next lab."""
import gzip
import os
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pymysql

from .context import Context
from .model import Service
from .progress import fail, say
from .services.nova import cell_rows

DUMP = ["mariadb-dump", "--no-defaults", "-uroot", "--single-transaction"]


def install(lab: Context) -> None:
    """Makes MariaDB's own folder; root signs in over the socket, by being root."""
    folder = lab.paths.state / "mysql"
    if (folder / "mysql").is_dir():
        return
    folder.mkdir(parents=True, exist_ok=True)
    config = lab.paths.etc / "my.cnf"
    command = ["mariadb-install-db", f"--defaults-file={config}", "--user=root",
               "--auth-root-authentication-method=socket", "--auth-root-socket-user=root", "--skip-test-db"]
    _logged(command, lab.paths.log / "mysql-install.log", "MariaDB's folder could not be made")


def connect(lab: Context, seconds: float = 30) -> pymysql.connections.Connection:
    deadline = time.monotonic() + seconds
    while True:
        try:
            return pymysql.connect(unix_socket=str(lab.paths.run / "mysql.sock"), user="root", autocommit=True)
        except pymysql.err.OperationalError as error:
            if time.monotonic() > deadline:
                fail(f"MariaDB does not answer ({error}); see {lab.paths.log / 'mysql.log'}")
            time.sleep(0.1)


def prepare(lab: Context, services: list[Service], environment: dict[str, str]) -> None:
    """Makes and migrates every database, from the dump where there is one."""
    names = [name for service in services for name in service.databases]
    with connect(lab) as connection, connection.cursor() as cursor:
        for host in ("localhost", "127.0.0.1"):
            cursor.execute("CREATE OR REPLACE USER lab@%s IDENTIFIED BY %s", (host, lab.passwords["mysql"]))
            cursor.execute("GRANT ALL ON *.* TO lab@%s", (host,))
        if lab.paths.schemas.exists():
            _load(lab)
            _write_cells(lab, cursor)
            say("database schemas restored")
            return
        for name in names:
            cursor.execute(f"CREATE DATABASE IF NOT EXISTS {name} CHARACTER SET utf8mb3")
        say("migrating the databases, once for these packages (about half a minute)")
        _migrate(lab, services, environment, cursor)
        cursor.execute("DELETE FROM nova_api.cell_mappings")
        _dump(lab, names)
        _write_cells(lab, cursor)


# Octavia's, of things that have a provisioning status.
CHANGING = ("load_balancer", "listener", "pool", "member", "health_monitor", "l7policy", "l7rule")


def give_up_changes(lab: Context) -> None:
    """What Octavia was changing when the lab stopped would be PENDING for ever, and nobody may touch it then: now it may be deleted."""
    with connect(lab) as connection, connection.cursor() as cursor:
        for table in CHANGING:
            cursor.execute(f"UPDATE octavia.{table} SET provisioning_status = 'ERROR' WHERE provisioning_status LIKE 'PENDING%'")


def _migrate(lab: Context, services: list[Service], environment: dict[str, str], cursor) -> None:
    def one(service: Service) -> None:
        for number, command in enumerate(service.migrations):
            if service.name == "nova" and number == 1:
                _write_cells(lab, cursor)  # nova-manage finds both cells' databases there
            log = lab.paths.log / f"migrate-{service.name}.log"
            _logged(command, log, f"{service.name}'s tables could not be made", environment)

    # The longest first, so that two processors are done at about the same time.
    order = sorted((s for s in services if s.migrations), key=lambda s: s.name not in ("nova", "neutron"))
    with ThreadPoolExecutor(max_workers=2) as pool:
        list(pool.map(one, order))


def _write_cells(lab: Context, cursor) -> None:
    for uuid, name, transport, database in cell_rows(lab):
        cursor.execute(
            "REPLACE INTO nova_api.cell_mappings (created_at, uuid, name, transport_url, database_connection, disabled)"
            " VALUES (now(), %s, %s, %s, %s, 0)",
            (uuid, name, transport, database),
        )


def _dump(lab: Context, names: list[str]) -> None:
    command = [*DUMP, "-S", str(lab.paths.run / "mysql.sock"), "--databases", *names]
    unfinished = lab.paths.schemas.with_suffix(".new")
    text = subprocess.run(command, check=True, capture_output=True).stdout
    unfinished.write_bytes(gzip.compress(text, compresslevel=3))
    unfinished.replace(lab.paths.schemas)


def _load(lab: Context) -> None:
    command = ["mariadb", "--no-defaults", "-uroot", "-S", str(lab.paths.run / "mysql.sock")]
    subprocess.run(command, input=gzip.decompress(lab.paths.schemas.read_bytes()), check=True)


def _logged(command: list[str], log: Path, failure: str, environment: dict[str, str] | None = None) -> None:
    with log.open("ab") as file:
        code = subprocess.run(command, stdout=file, stderr=file, env=environment or dict(os.environ)).returncode
    if code != 0:
        fail(f"{failure}; {log} says why. Run the same command again when it is mended")
