"""A row every ten seconds: an idle shop's log has a recent second too, and drills know what was there at one."""
import json
import time

import pymysql
from pymysql.connections import Connection

from console import Trouble
from database import connect, databases, rows, table_count, value
from settings import Account

EVERY = 10
CLEANED = 3600


def facts(connection: Connection) -> dict[str, dict[str, int]]:
    """@returns of each shop's database its tables, its orders and the last of them"""
    found: dict[str, dict[str, int]] = {}
    for database in databases(connection):
        orders = value(
            connection,
            "SELECT table_name FROM information_schema.columns JOIN information_schema.tables USING (table_schema, table_name)"
            " WHERE table_schema = %s AND table_name LIKE '%%order' AND column_name = 'order_id' AND table_type = 'BASE TABLE'"
            " ORDER BY length(table_name), table_name LIMIT 1",
            (database,),
        )
        if orders is None:
            continue
        quoted = f"{_quoted(database)}.{_quoted(str(orders))}"
        ((count, last),) = rows(connection, f"SELECT count(*), coalesce(max(order_id), 0) FROM {quoted}")
        found[database] = {"tables": table_count(connection, database), "orders": int(count), "last_order": int(last)}
    return found


def _quoted(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"


def beat(account: Account) -> None:
    """Never ends."""
    trouble = Trouble("beats: the database answers again")
    cleaned = 0.0
    while True:
        try:
            connection = connect(account)
            while True:
                begun = time.monotonic()
                with connection.cursor() as cursor:
                    cursor.execute("INSERT INTO beats (at, facts) VALUES (UTC_TIMESTAMP(3), %s)", (json.dumps(facts(connection)),))
                    if begun - cleaned > CLEANED:
                        cursor.execute("DELETE FROM beats WHERE at < UTC_TIMESTAMP() - INTERVAL 2 DAY")
                        cleaned = begun
                trouble.is_over()
                time.sleep(max(1.0, EVERY - (time.monotonic() - begun)))
        except (pymysql.MySQLError, OSError) as error:
            trouble.is_(f"beats: {error}")
            time.sleep(3)
