"""Restores the database to a second, on a database server that waits for it with a blank volume."""
import re
import shutil
import time
import uuid

import pymysql
from pymysql.connections import Connection

from console import Refused, Trouble, say, tell_boot
from database import connect, databases, value
from fetch import fetch
from plan import Holdings
from replay import rebuild
from seal import Broken
from settings import FOLDER, RESTORE_IDENTITY, SCHEMA, Account, Restore, Settings
from swift import Swift

_NOT_OURS = (1044, 1045, 1698)
# The next try may be luckier.
_CONNECTION_LOST = re.compile(r"ERROR 20(?:02|03|06|13|26)\b")


def is_through(settings: Settings, restore: Restore) -> bool:
    """Waits for the database as long as it takes."""
    trouble = Trouble("the database answers")
    while True:
        try:
            with connect(settings.keeper) as connection:
                trouble.is_over()
                return bool(value(connection, "SELECT 1 FROM restored WHERE at = %s", (restore.text,)))
        except (pymysql.MySQLError, OSError) as error:
            trouble.is_(f"waiting for the database: {error}")
        time.sleep(2)


def restore(settings: Settings, wanted: Restore) -> None:
    """@throws Refused when a person must decide @throws Unavailable when the next try may do it"""
    tell_boot("restoring")
    if not settings.restorer:
        raise Refused(f"a restore to {wanted.text} is asked for, without an account that may do it")
    begun = time.monotonic()
    work = FOLDER / "restore"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(mode=0o700)
    try:
        swift = Swift(settings.auth_url, wanted.container_url, settings.reader)
        listed = swift.list()
        plan = Holdings(one.name for one in listed).reaching(wanted.at)
        say(f"restoring to {wanted.text} from {plan.base.folder} and {len(plan.pieces)} pieces of the log")
        _sign_in(settings.restorer).close()
        fetched = fetch(swift, listed, plan, work, RESTORE_IDENTITY)
        _clear(settings.restorer)
        try:
            rebuild(fetched, settings.restorer, wanted.at, RESTORE_IDENTITY)
        except RuntimeError as error:
            if _CONNECTION_LOST.search(str(error)):
                raise
            raise Refused(f"the database does not take the backup: {error}") from None
        _finish(settings.restorer, wanted)
    except Broken as error:
        raise Refused(f"{error}; nothing was changed") from None
    finally:
        shutil.rmtree(work, ignore_errors=True)
    say(f"the database is as it was at {wanted.text}, after {time.monotonic() - begun:.0f} s")


def _sign_in(restorer: Account) -> Connection:
    trouble = Trouble("the database waits for the restore")
    while True:
        try:
            connection = connect(restorer, patience=3600)
            break
        except (pymysql.MySQLError, OSError) as error:
            refuses = isinstance(error, pymysql.MySQLError) and error.args[0] in _NOT_OURS
            trouble.is_("the database is not on a blank volume that waits for a restore" if refuses else f"waiting for the database: {error}")
        time.sleep(3)
    trouble.is_over()
    with connection.cursor() as cursor:
        cursor.execute("SET sql_log_bin = 0")
    return connection


def _clear(restorer: Account) -> None:
    """What an earlier try has left."""
    with _sign_in(restorer) as connection, connection.cursor() as cursor:
        cursor.execute("SET foreign_key_checks = 0")
        for database in databases(connection):
            if database != SCHEMA:
                quoted = database.replace("`", "``")
                cursor.execute(f"DROP DATABASE `{quoted}`")


def _finish(restorer: Account, wanted: Restore) -> None:
    """Objects are named by the timeline, and names of the log's files come again."""
    with _sign_in(restorer) as connection, connection.cursor() as cursor:
        connection.begin()
        for table in ("timeline", "shipped", "bases"):
            cursor.execute(f"DELETE FROM {table}")
        cursor.execute("INSERT INTO timeline (id) VALUES (%s)", (str(uuid.uuid4()),))
        cursor.execute("INSERT INTO restored (at, finished) VALUES (%s, UTC_TIMESTAMP())", (wanted.text,))
        connection.commit()
