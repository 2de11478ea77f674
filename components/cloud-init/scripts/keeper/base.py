"""Base backups: all databases as one moment had them, and where in the log that was. `base.py now` makes one at once."""
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Thread
from typing import IO

import pymysql
from pymysql.connections import Connection

import names
from console import Refused, say
from database import DUMP, IS_MARIADB, connect, databases, environment, knows, now, options, rows, table_count, value
from endpoint import Missing, Unavailable
from seal import BLOCK, sealing
from settings import FOLDER, Settings, load
from swift import Swift

PART = 64 << 20
TRIES = 8
# Where the log was; a comment at the dump's beginning.
PLACE = re.compile(rb"(?:MASTER|SOURCE)_LOG_FILE='([^']+)', (?:MASTER|SOURCE)_LOG_POS=(\d+)")
HEAD = 1 << 16


def is_due(connection: Connection, settings: Settings, timeline: str) -> bool:
    last = rows(connection, "SELECT name, UNIX_TIMESTAMP(at) FROM bases WHERE name LIKE %s ORDER BY at DESC LIMIT 1", (f"{timeline}/%",))
    if not last:
        return True
    name, at = last[0]
    found = names.parse(names.complete(name))
    known = {file for (file,) in rows(connection, "SELECT file FROM shipped")}
    # Of a file that is not shipped any more: after a gap.
    return not isinstance(found, names.Base) or found.file not in known or now(connection) - int(at) >= settings.base_hours * 3600


def make(settings: Settings, connection: Connection, timeline: str) -> None:
    begun = time.monotonic()
    swift = Swift(settings.auth_url, settings.container_url, settings.writer)
    wanted = databases(connection)
    counts = {database: table_count(connection, database) for database in wanted}
    work = FOLDER / "base"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(mode=0o700)
    try:
        with options(settings.keeper) as access, (work / "errors").open("wb") as errors:
            dump = subprocess.Popen(_command(access, wanted), stdout=subprocess.PIPE, stderr=errors, env=environment())
            try:
                head, file, position = _head(dump.stdout)
                # The state is not of a later time than this; what was committed since stands in the log.
                at = now(connection)
                folder = names.base_folder(timeline, at, file, position)
                parts = list(_put(swift, settings, folder, _parts(dump.stdout, head, settings.recipient, work)))
            except BaseException:
                dump.kill()
                raise
            finally:
                dump.stdout.close()
                code = dump.wait()
        if code != 0:
            raise RuntimeError(f"{DUMP} ended with {code}: {_last_line(work / 'errors')}")
        seconds = round(time.monotonic() - begun)
        told = {"at": names.readable(at), "file": file, "position": position, "seconds": seconds, "databases": counts, "parts": parts}
        _patiently(lambda: swift.put(names.complete(folder), json.dumps(told, indent=1).encode(), settings.base_life))
    finally:
        shutil.rmtree(work, ignore_errors=True)
    size = sum(part["size"] for part in parts)
    # The connection may have ended meanwhile.
    with connect(settings.keeper) as fresh, fresh.cursor() as cursor:
        cursor.execute("REPLACE INTO bases (name, at, bytes, seconds) VALUES (%s, FROM_UNIXTIME(%s), %s, %s)", (folder, int(at), size, seconds))
    say(f"a base backup of {len(wanted)} databases is in Swift: {size / 1048576:.1f} MiB in {seconds} s")


def _command(access: str, wanted: list[str]) -> list[str]:
    place = "source-data" if knows(DUMP, "source-data") else "master-data"
    own = [] if IS_MARIADB else ["--set-gtid-purged=OFF", "--no-tablespaces"]
    what = ["--routines", "--triggers", "--events", "--hex-blob", "--default-character-set=utf8mb4", "--max-allowed-packet=1G"]
    return [DUMP, access, "--single-transaction", "--quick", f"--{place}=2", *own, *what, "--databases", *wanted]


def _head(dump: IO[bytes]) -> tuple[bytes, str, int]:
    """@returns what was read, and the place in the log"""
    head = b""
    while not (found := PLACE.search(head)):
        more = dump.read1(HEAD)
        head += more
        if not more or len(head) > 16 * HEAD:
            raise RuntimeError(f"{DUMP} does not say where in the log its moment is")
    return head, found[1].decode(), int(found[2])


def _parts(dump: IO[bytes], head: bytes, recipient: str, work: Path) -> Iterator[Path]:
    """@returns one part after the other; each is gone when the next one is asked for"""
    reading, writing = (open(end, mode) for end, mode in zip(os.pipe(), ("rb", "wb")))
    faults: list[Exception] = []

    def pump() -> None:
        try:
            with writing, sealing(recipient, writing) as into:
                into.write(head)
                shutil.copyfileobj(dump, into, BLOCK)
        except (OSError, RuntimeError) as error:
            faults.append(error)

    pumping = Thread(target=pump, daemon=True)
    pumping.start()
    path = work / "part"
    with reading:
        while block := reading.read(BLOCK):
            with path.open("wb") as part:
                size = part.write(block)
                while size < PART and (block := reading.read(min(BLOCK, PART - size))):
                    size += part.write(block)
            yield path
    pumping.join()
    if faults:
        raise faults[0]


def _put(swift: Swift, settings: Settings, folder: str, parts: Iterator[Path]) -> Iterator[dict[str, object]]:
    for number, path in enumerate(parts, 1):
        name = names.part(folder, number)
        with path.open("rb") as part:
            digest = hashlib.file_digest(part, "sha256").hexdigest()
        _patiently(lambda name=name, path=path: swift.put(name, path, settings.base_life))
        yield {"name": name.rsplit("/", 1)[1], "size": path.stat().st_size, "sha256": digest}


def _patiently(put: Callable[[], None]) -> None:
    for pause in range(TRIES):
        try:
            put()
            return
        except Unavailable:
            if pause == TRIES - 1:
                raise
            time.sleep(2**pause)


def _last_line(errors: Path) -> str:
    lines = errors.read_text(errors="replace").strip().splitlines()
    return lines[-1] if lines else "it does not say why"


def main(asked: bool) -> int:
    settings = load()
    try:
        with connect(settings.keeper) as connection:
            timeline = value(connection, "SELECT id FROM timeline")
            if settings.restore and not value(connection, "SELECT 1 FROM restored WHERE at = %s", (settings.restore.text,)):
                return 0
            if timeline is None or not value(connection, "SELECT 1 FROM shipped LIMIT 1"):
                say("no base backup before the log is in Swift")
                return 75
            if asked or is_due(connection, settings, str(timeline)):
                make(settings, connection, str(timeline))
        return 0
    except (Unavailable, Missing, Refused, pymysql.MySQLError, RuntimeError, OSError) as error:
        say(f"no base backup: {error}")
        return 1


if __name__ == "__main__":
    sys.exit(main("now" in sys.argv[1:]))
