"""Makes the database's volume larger when it fills up, as far as the stack file allows. The file system follows by itself."""
import json
import time
from math import ceil

import pymysql

from console import Trouble, say
from database import connect, rows
from endpoint import Endpoint, Missing, Unavailable
from settings import Growth, Settings

EVERY = 30  # seconds
# The database server tells of its space each minute; Cinder may take a while.
AFTER = 180
FULL = 80  # percent
STEP = 1.25
# Volumes that servers use grow from this version of Cinder's API on.
VERSION = "volume 3.42"


class Cinder(Endpoint):
    SERVICE = "Cinder"

    def extend(self, size: int) -> None:
        """@param size GiB"""
        headers = {"Content-Type": "application/json", "OpenStack-API-Version": VERSION}
        with self.ask("POST", "", headers, json.dumps({"os-extend": {"new_size": size}}).encode()) as answer:
            answer.read()


def next_size(gib: int, used: int, most: int) -> int | None:
    """@param used percent @returns GiB; nothing while there is room, or when the volume may grow no more"""
    if used < FULL or gib >= most:
        return None
    return min(most, max(gib + 1, ceil(gib * STEP)))


def watch(settings: Settings, growth: Growth) -> None:
    """Never ends."""
    cinder = Cinder(settings.auth_url, growth.url, growth.credential)
    trouble = Trouble("the database's volume can grow again")
    while True:
        pause = EVERY
        try:
            with connect(settings.keeper) as connection:
                told = rows(connection, "SELECT gib, used FROM space WHERE at > UTC_TIMESTAMP() - INTERVAL 5 MINUTE")
            for gib, used in told:
                size = next_size(gib, used, growth.most)
                if size:
                    pause = AFTER
                    cinder.extend(size)
                    say(f"the database's volume is {used} % full: it grows from {gib} to {size} GiB")
                if used >= FULL and gib >= growth.most:
                    trouble.is_(f"the database's volume is full to {FULL} % and grows no more: make database.volume.grow.to larger")
                else:
                    trouble.is_over()
        except Missing:
            trouble.is_("the database's volume cannot grow: Cinder does not find it")
        except Unavailable as error:
            trouble.is_(f"the database's volume cannot grow: {error}")
        except (pymysql.MySQLError, OSError) as error:
            trouble.is_(f"the database does not tell of its volume: {error}")
        time.sleep(pause)
