"""
The binary log as the server sends it to a replica: every event as soon as it is committed. mysqlbinlog could fetch it too,
but what it writes lies in its buffers for as long as little happens.
"""
import struct
from collections.abc import Iterator

from pymysql.err import OperationalError

from binlog import ROTATE, Event
from database import IS_MARIADB, connect, value
from settings import Account

COM_BINLOG_DUMP = 0x12
# MariaDB leaves out the texts of statements unless they are asked for, and there would be gaps.
WITH_TEXTS = 2 if IS_MARIADB else 0
# Of this project alone, and the same at every start: the server ends what an earlier one has left open.
REPLICA = 1_163_017_550
QUIET = 5  # seconds after which the server says that there is nothing new


class Purged(Exception):
    """The server does not have what is asked for."""


def server_events(account: Account, file: str, position: int) -> Iterator[Event | str]:
    """@returns events of files from there on, for ever; before those of another file its name"""
    connection = connect(account, patience=6 * QUIET)
    try:
        checksums = value(connection, "SELECT @@global.binlog_checksum") != "NONE"
        with connection.cursor() as cursor:
            cursor.execute("SET @master_binlog_checksum = @@global.binlog_checksum")
            cursor.execute(f"SET @master_heartbeat_period = {QUIET * 10**9}")
            cursor.execute("SET @mariadb_slave_capability = 4")
        order = struct.pack("<IHI", max(position, 4), WITH_TEXTS, REPLICA) + file.encode()
        connection._execute_command(COM_BINLOG_DUMP, order)
        while True:
            packet = connection._read_packet()
            if packet.is_eof_packet():
                raise OperationalError(2013, "the server ends the log")
            event = Event.of(packet.get_all_data()[1:])
            if event.type == ROTATE and event.is_sent_only:
                name = event.data[19 + 8 : -4 if checksums else None]
                yield name.decode()
            elif not event.is_sent_only:
                yield event
    except OperationalError as error:
        if error.args[0] == 1236:
            raise Purged(f"the database server does not give {file} from {position} on: {error.args[1]}") from None
        raise
    finally:
        connection.close()
