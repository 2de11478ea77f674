"""The binary log's format, as far as it is needed: where events end, when they were, and what they are about."""
import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

MAGIC = b"\xfebin"
HEADER = struct.Struct("<IBIIIH")
MOST = 1 << 30  # bytes of an event

QUERY, ROTATE, FORMAT, TABLE_MAP, HEARTBEATS = 2, 4, 15, 19, (27, 41)
# MariaDB's account of what earlier files hold: mariadb-binlog would miss what the base has instead.
GTID_LIST = 163
# Of MySQL and of MariaDB, the compressed ones of which come last.
ROWS = {20, 21, 22, 23, 24, 25, 30, 31, 32, 39, 166, 167, 168, 169, 170, 171}
ARTIFICIAL = 0x20

# Every database server makes its own accounts, which are not restored.
ACCOUNTS = b"ecommerce_accounts"
_ACCOUNT_STATEMENT = re.compile(
    rb"\s*(?:(?:CREATE|ALTER|DROP|RENAME)\s+(?:OR\s+REPLACE\s+)?(?:USER|ROLE)|GRANT|REVOKE|SET\s+(?:PASSWORD|DEFAULT\s+ROLE))\b", re.I
)
# Of whatever default database.
_ACCOUNT_TABLE = re.compile(
    rb"\s*(?:CREATE|ALTER|DROP|RENAME|TRUNCATE|INSERT|REPLACE|UPDATE|DELETE)\b[A-Z\s]*`?ecommerce_accounts`?\s*\.", re.I
)
_FRAME = re.compile(rb"\s*(?:BEGIN|START TRANSACTION|COMMIT|ROLLBACK|SAVEPOINT|RELEASE|XA)\b", re.I)
_NOTED = re.compile(rb"ecommerce_backups\W{0,3}shipped\b")


class Damaged(Exception):
    """What is read is no binary log."""


@dataclass(frozen=True)
class Event:
    data: bytes
    time: int
    type: int
    end: int
    flags: int

    @staticmethod
    def of(data: bytes) -> "Event":
        time, kind, _server, size, end, flags = HEADER.unpack_from(data)
        if size != len(data):
            raise Damaged(f"an event of {size} bytes comes with {len(data)}")
        return Event(data, time, kind, end, flags)

    @property
    def is_sent_only(self) -> bool:
        """Made for the one who asks; it stands in no file."""
        return self.type in HEARTBEATS or self.end == 0 or bool(self.flags & ARTIFICIAL)


def events(stream: IO[bytes]) -> Iterator[Event]:
    """@param stream a file of the binary log from its beginning, which may end after any whole event"""
    if stream.read(len(MAGIC)) != MAGIC:
        raise Damaged("it does not begin as a binary log does")
    position = len(MAGIC)
    while head := _exactly(stream, HEADER.size, may_end=True):
        size, end = HEADER.unpack(head)[3:5]
        position += size
        if not HEADER.size <= size <= MOST or end != position:
            raise Damaged(f"no event ends at {position}")
        yield Event.of(head + _exactly(stream, size - HEADER.size))


def _exactly(stream: IO[bytes], count: int, may_end: bool = False) -> bytes:
    parts: list[bytes] = []
    missing = count
    while missing and (part := stream.read(missing)):
        parts.append(part)
        missing -= len(part)
    if missing and not (may_end and not parts):
        raise Damaged("it ends within an event")
    return b"".join(parts)


def _query(event: Event) -> tuple[bytes, bytes]:
    """@returns the default database and the statement, which a checksum may follow"""
    body = HEADER.size
    database, _error, status = struct.unpack_from("<BHH", event.data, body + 8)
    start = body + 13 + status
    return event.data[start : start + database], event.data[start + database + 1 :]


def _table(event: Event) -> tuple[bytes, bytes]:
    """@returns database and table of a map"""
    start = HEADER.size + 8
    length = event.data[start]
    database = event.data[start + 1 : start + 1 + length]
    start += length + 2
    return database, event.data[start + 1 : start + 1 + event.data[start]]


def is_worth_shipping(event: Event) -> bool:
    """What changes data; but not the keeper's own notes of what is shipped, each of which would have to be shipped again."""
    if event.type == TABLE_MAP:
        return _table(event) != (b"ecommerce_backups", b"shipped")
    if event.type == QUERY:
        _, statement = _query(event)
        return not _FRAME.match(statement) and not _NOTED.search(statement)
    return False


class Selection:
    """Which events are replayed: all but what concerns accounts."""

    def __init__(self) -> None:
        self._left_out: set[bytes] = set()

    def takes(self, event: Event) -> bool:
        if event.type == GTID_LIST:
            return False
        if event.type == QUERY:
            database, statement = _query(event)
            if _FRAME.match(statement):
                return True
            return database != ACCOUNTS and not _ACCOUNT_STATEMENT.match(statement) and not _ACCOUNT_TABLE.match(statement)
        table = event.data[HEADER.size : HEADER.size + 6]
        if event.type == TABLE_MAP:
            self._left_out.discard(table)
            if _table(event)[0] in (ACCOUNTS, b"mysql"):
                self._left_out.add(table)
                return False
        return event.type not in ROWS or table not in self._left_out
