"""Connections to database servers, and the distribution's own tools: MariaDB's (Debian) or MySQL's (Ubuntu)."""
import os
import shutil
import ssl
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pymysql
from pymysql.connections import Connection

from settings import AUTHORITY, SCHEMA, Account

IS_MARIADB = shutil.which("mariadb-dump") is not None
DUMP = "mariadb-dump" if IS_MARIADB else "mysqldump"
CLIENT = "mariadb" if IS_MARIADB else "mysql"
BINLOG = "mariadb-binlog" if IS_MARIADB else "mysqlbinlog"

# Neither dumped nor restored; accounts are made by every database server for itself.
SYSTEM = ("information_schema", "performance_schema", "sys", "mysql", "ecommerce_accounts")


def connect(server: Account | Path, patience: int = 30, database: str | None = SCHEMA) -> Connection:
    """
    @param server an account, by TLS; or the socket of a server of our own
    @param patience seconds for one answer
    """
    common = {
        "database": database,
        "autocommit": True,
        "charset": "utf8mb4",
        "init_command": "SET time_zone = '+00:00'",
        "read_timeout": patience,
        "write_timeout": patience,
    }
    if isinstance(server, Path):
        return pymysql.connect(unix_socket=str(server), user="root", **common)
    trust = ssl.create_default_context(cafile=str(AUTHORITY))
    return pymysql.connect(
        host=server.host, port=server.port, user=server.user, password=server.password, ssl=trust, connect_timeout=5, **common
    )


def rows(connection: Connection, statement: str, values: tuple[object, ...] = ()) -> tuple[tuple, ...]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values or None)
        return cursor.fetchall()


def value(connection: Connection, statement: str, values: tuple[object, ...] = ()) -> object:
    """@returns of the first row the first column; nothing when there is no row"""
    found = rows(connection, statement, values)
    return found[0][0] if found else None


def now(connection: Connection) -> float:
    """Seconds since 1970 by the database's clock, which all times of backups are by."""
    return float(value(connection, "SELECT UNIX_TIMESTAMP(NOW(3))"))


def databases(connection: Connection) -> list[str]:
    found = rows(connection, "SELECT schema_name FROM information_schema.schemata ORDER BY schema_name")
    return [name for (name,) in found if name.lower() not in SYSTEM]


def table_count(connection: Connection, database: str) -> int:
    counted = "SELECT count(*) FROM information_schema.tables WHERE table_schema = %s AND table_type = 'BASE TABLE'"
    return int(value(connection, counted, (database,)))


@contextmanager
def options(server: Account | Path) -> Iterator[str]:
    """@returns an argument for the distribution's tools, since what stands on a command line is no secret"""
    if isinstance(server, Path):
        lines = [f"socket={server}", "user=root"]
    else:
        quoted = server.password.replace("\\", "\\\\").replace('"', '\\"')
        trust = [f"ssl-ca={AUTHORITY}", "loose-ssl-verify-server-cert", "loose-ssl-mode=VERIFY_IDENTITY"]
        lines = [f"host={server.host}", f"port={server.port}", f"user={server.user}", f'password="{quoted}"', *trust]
    with tempfile.NamedTemporaryFile("w") as file:
        file.write("\n".join(["[client]", *lines, ""]))
        file.flush()
        yield f"--defaults-file={file.name}"


def knows(tool: str, option: str) -> bool:
    """Whether a tool of this version has an option."""
    told = subprocess.run([tool, "--no-defaults", "--help"], capture_output=True, text=True, check=False).stdout
    return f"--{option}" in told


def environment() -> dict[str, str]:
    return {**os.environ, "TZ": "UTC", "LC_ALL": "C"}
