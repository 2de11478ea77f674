"""Ships the binary log: what is committed is in Swift a few seconds later."""
import os
import shutil
import time
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Condition, Thread

import pymysql
from pymysql.connections import Connection

import binlog
import grow
import names
from beats import beat
from console import Refused, Trouble, say, tell_boot
from database import connect, now, rows, value
from endpoint import Missing, Unavailable
from seal import BLOCK, seal
from settings import FOLDER, Settings
from stream import Purged, server_events
from swift import Swift

EVERY = 3.0  # seconds
LARGEST = 16 << 20  # bytes of an object, before it is compressed
MARK = 1 << 18
# The whole file follows within the hour, and is kept with the backups.
SMALL_ONES_LIVE = 26 * 3600
ROTATED_AFTER = 3600
ROTATED_AT = 64 << 20
CLOCKS_MAY_DIFFER = 60


@dataclass
class Mark:
    """Up to here the events are whole."""

    end: int
    time: int
    is_worth: bool


@dataclass
class Spooled:
    """A file of the binary log, as far as it is here."""

    name: str
    shipped: int
    size: int = 0
    newest: int = 0
    oldest: int = 0
    is_whole: bool = False
    marks: deque[Mark] = field(default_factory=deque)

    @property
    def path(self) -> Path:
        return FOLDER / "spool" / self.name

    def add(self, event: binlog.Event) -> None:
        self.size = event.end
        self.newest = max(self.newest, event.time)
        self.oldest = self.oldest or event.time
        if event.end <= self.shipped:
            return
        is_worth = binlog.is_worth_shipping(event)
        last = self.marks[-1] if self.marks else None
        if last and event.end - self.shipped > MARK and last.end // MARK == event.end // MARK:
            last.end, last.time, last.is_worth = event.end, self.newest, last.is_worth or is_worth
        else:
            self.marks.append(Mark(event.end, self.newest, is_worth))


class Spool:
    """What the server has sent and Swift does not have yet."""

    def __init__(self) -> None:
        shutil.rmtree(FOLDER / "spool", ignore_errors=True)
        (FOLDER / "spool").mkdir(mode=0o700)
        self.files: deque[Spooled] = deque()
        self.changed = Condition()
        # The rest is for what is made of it.
        self.room = shutil.disk_usage(FOLDER).free // 2
        self.fault: BaseException | None = None

    def begin(self, file: str, shipped: int) -> None:
        """@param shipped bytes of the file that Swift has; they are fetched once more, for the whole file"""
        with self.changed:
            self.files.append(Spooled(file, shipped))

    def fill(self, settings: Settings, timeline: str) -> None:
        """Never ends, unless by a fault that only a new beginning repairs."""
        trouble = Trouble("the database sends its log again")
        try:
            while True:
                try:
                    self._follow(settings, timeline, trouble)
                except (pymysql.MySQLError, OSError) as error:
                    trouble.is_(f"the database does not send its log: {error}")
                time.sleep(3)
        except BaseException as error:
            self.fault = error

    def _follow(self, settings: Settings, timeline: str, trouble: Trouble) -> None:
        current = self.files[-1]
        with connect(settings.keeper) as connection:
            _require(connection, timeline)
        file = current.path.open("ab")
        # Half an event, of a time when the disk was full.
        file.truncate(current.size)
        try:
            for event in server_events(settings.keeper, current.name, current.size):
                if isinstance(event, str):
                    if event != current.name:
                        file.close()
                        with self.changed:
                            current.is_whole = True
                            current = Spooled(event, 0)
                            self.files.append(current)
                        file = current.path.open("ab")
                    trouble.is_over()
                    continue
                if current.size == 0:
                    file.write(binlog.MAGIC)
                    current.size = len(binlog.MAGIC)
                if event.end != current.size + len(event.data):
                    raise Purged(f"{current.name} continues at {event.end - len(event.data)}, not at {current.size}")
                file.write(event.data)
                file.flush()
                with self.changed:
                    current.add(event)
                    # Swift is away: the server waits, or ends the connection, and sends it again later.
                    # The last file must go on, or it would never be whole.
                    while len(self.files) > 1 and sum(one.size for one in self.files) > self.room:
                        self.changed.wait(10)
        finally:
            with suppress(OSError):
                file.close()

    def done(self, one: Spooled) -> None:
        with self.changed:
            self.files.remove(one)
            one.path.unlink()
            self.changed.notify_all()


class Shipper:
    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.swift = Swift(settings.auth_url, settings.container_url, settings.writer)
        self.spool = Spool()
        self.connection: Connection | None = None
        self.timeline = ""
        # What is in Swift and not yet noted in the database.
        self.unnoted: dict[str, tuple[int, bool]] = {}

    def run(self) -> None:
        self._begin()
        Thread(target=self.spool.fill, args=(self.settings, self.timeline), daemon=True).start()
        Thread(target=beat, args=(self.settings.keeper,), daemon=True).start()
        if self.settings.growth:
            Thread(target=grow.watch, args=(self.settings, self.settings.growth), daemon=True).start()
        trouble = Trouble("the log goes to Swift again")
        while True:
            begun = time.monotonic()
            try:
                self._turn()
                trouble.is_over()
            except (Unavailable, Missing, pymysql.MySQLError, OSError) as error:
                trouble.is_(f"the log waits: {error}")
            if self.spool.fault:
                raise self.spool.fault
            time.sleep(max(0.2, EVERY - (time.monotonic() - begun)))

    def _begin(self) -> None:
        trouble = Trouble("the database answers")
        while True:
            try:
                self.connection = connect(self.settings.keeper)
                found = value(self.connection, "SELECT id FROM timeline")
                if found is not None:
                    break
                trouble.is_("the database has no timeline yet")
            except (pymysql.MySQLError, OSError) as error:
                trouble.is_(f"waiting for the database: {error}")
            time.sleep(2)
        trouble.is_over()
        self.timeline = str(found)
        ahead = now(self.connection) - time.time()
        if abs(ahead) > CLOCKS_MAY_DIFFER:
            way = "ahead of" if ahead > 0 else "behind"
            say(f"the database's clock is {abs(ahead):.0f} s {way} this server's; times of backups are by the database's")
        file, position = self._resume()
        say(f"shipping {file} from {position} on, timeline {self.timeline}")
        self.spool.begin(file, position)

    def _resume(self) -> tuple[str, int]:
        there = [row[0] for row in rows(self.connection, "SHOW BINARY LOGS")]
        if not there:
            raise Refused("the database writes no binary log")
        shipped = rows(self.connection, "SELECT file, position, is_whole FROM shipped ORDER BY length(file) DESC, file DESC LIMIT 1")
        if not shipped:
            return there[0], 0
        ((file, position, is_whole),) = shipped
        wanted = names.number(file) + int(is_whole)
        for name in there:
            if names.number(name) == wanted:
                return name, 0 if is_whole else int(position)
        say(f"the database does not have what follows {file} any more: restores end there, and begin anew with the next base")
        with self.connection.cursor() as cursor:
            cursor.execute("DELETE FROM shipped")
        return there[0], 0

    def _turn(self) -> None:
        for one in list(self.spool.files):
            self._note()
            if one.is_whole:
                self._ship_whole(one)
                continue
            while blocks := self._next(one):
                self._ship(one, blocks)
            self._rotate(one)
        self._note()

    def _next(self, one: Spooled) -> list[Mark]:
        """@returns marks up to the next object's end"""
        taken: list[Mark] = []
        with self.spool.changed:
            if any(mark.is_worth for mark in one.marks):
                while one.marks and (not taken or one.marks[0].end - one.shipped <= LARGEST):
                    taken.append(one.marks.popleft())
        return taken

    def _ship(self, one: Spooled, marks: list[Mark]) -> None:
        end = marks[-1].end
        name = names.piece(self.timeline, one.name, one.shipped, end, marks[-1].time)
        try:
            self._put(name, _range(one.path, one.shipped, end), SMALL_ONES_LIVE)
        except BaseException:
            with self.spool.changed:
                one.marks.extendleft(reversed(marks))
            raise
        one.shipped = end
        self._is_there(one, False)

    def _ship_whole(self, one: Spooled) -> None:
        name = names.whole(self.timeline, one.name, one.size, one.newest)
        self._put(name, _range(one.path, 0, one.size), self.settings.log_life)
        one.shipped = one.size
        self._is_there(one, True)
        self.spool.done(one)

    def _put(self, name: str, blocks: Iterator[bytes], seconds: int) -> None:
        sealed = FOLDER / "sealed"
        seal(blocks, self.settings.recipient, sealed)
        self.swift.put(name, sealed, seconds)

    def _is_there(self, one: Spooled, is_whole: bool) -> None:
        self.unnoted[one.name] = one.shipped, is_whole
        self._note()

    def _note(self) -> None:
        if not self.unnoted:
            return
        try:
            # Behind this connection may be other data by now, whose logs have the same names.
            _require(self.connection, self.timeline)
            with self.connection.cursor() as cursor:
                for file, (position, is_whole) in list(self.unnoted.items()):
                    note = "REPLACE INTO ecommerce_backups.shipped (file, position, is_whole) VALUES (%s, %s, %s)"
                    cursor.execute(note, (file, position, is_whole))
                    del self.unnoted[file]
            tell_boot("shipping")
        except pymysql.MySQLError:
            self.connection = connect(self.settings.keeper)
            raise

    def _rotate(self, one: Spooled) -> None:
        if one.newest - one.oldest < ROTATED_AFTER and one.size < ROTATED_AT:
            return
        with self.connection.cursor() as cursor:
            cursor.execute("FLUSH BINARY LOGS")


def _require(connection: Connection, timeline: str) -> None:
    if value(connection, "SELECT id FROM timeline") != timeline:
        raise Purged("the database has been restored, and its logs are others now")


def _range(path: Path, start: int, end: int) -> Iterator[bytes]:
    with path.open("rb") as file:
        os.posix_fadvise(file.fileno(), start, end - start, os.POSIX_FADV_SEQUENTIAL)
        file.seek(start)
        while start < end:
            block = file.read(min(BLOCK, end - start))
            start += len(block)
            yield block
