"""A database server for one drill: in a folder of its own, reached by its socket alone, gone afterwards."""
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pymysql

from database import IS_MARIADB, connect
from settings import DRILLS

STARTS = 120  # seconds


@contextmanager
def throwaway(pool: int) -> Iterator[Path]:
    """@param pool MiB of memory for its pages @returns its socket"""
    _empty()
    data, socket, log = DRILLS / "data", DRILLS / "sock", DRILLS / "log"
    server = None
    try:
        with log.open("wb") as told:
            subprocess.run(_install(data), check=True, stdout=told, stderr=told)
            server = subprocess.Popen(_command(data, socket, pool), stdout=told, stderr=told)
            _await(server, socket)
            yield socket
    finally:
        if server:
            server.terminate()
            try:
                server.wait(60)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()
        _empty()


def _empty() -> None:
    for entry in DRILLS.iterdir():
        shutil.rmtree(entry) if entry.is_dir() and not entry.is_symlink() else entry.unlink()


def _install(data: Path) -> list[str]:
    if IS_MARIADB:
        plain = ["--skip-test-db", "--skip-name-resolve", "--auth-root-authentication-method=normal"]
        return ["mariadb-install-db", "--no-defaults", f"--datadir={data}", f"--tmpdir={DRILLS}", *plain]
    return [_mysqld(), "--no-defaults", "--initialize-insecure", f"--datadir={data}", f"--tmpdir={DRILLS}"]


def _command(data: Path, socket: Path, pool: int) -> list[str]:
    places = [f"--datadir={data}", f"--socket={socket}", f"--pid-file={DRILLS / 'pid'}", f"--tmpdir={DRILLS}"]
    closed = ["--skip-networking", "--skip-log-bin", "--event-scheduler=OFF", "--local-infile=OFF", "--loose-mysqlx=OFF"]
    # Nobody misses what it loses.
    quick = ["--innodb-flush-log-at-trx-commit=0", "--innodb-doublewrite=0", "--innodb-use-native-aio=0"]
    like_the_store = ["--character-set-server=utf8mb4", "--collation-server=utf8mb4_unicode_ci", "--max-allowed-packet=64M"]
    size = [f"--innodb-buffer-pool-size={pool}M"]
    return [_mysqld(), "--no-defaults", *places, *closed, *quick, *like_the_store, *size]


def _mysqld() -> str:
    name = "mariadbd" if IS_MARIADB else "mysqld"
    return shutil.which(name, path=f"/usr/sbin:{os.environ.get('PATH', '')}") or name


def _await(server: subprocess.Popen, socket: Path) -> None:
    deadline = time.monotonic() + STARTS
    while time.monotonic() < deadline and server.poll() is None:
        try:
            connect(socket, database=None).close()
            return
        except (pymysql.MySQLError, OSError):
            time.sleep(0.3)
    raise RuntimeError("the drill's own database server does not start")
