"""Restores the newest backup to a second by chance, into a server of its own, and reports whether all is there. `drill.py now` does so at once."""
import json
import random
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass

import pymysql
from pymysql.connections import Connection

import names
from beats import facts
from console import Refused, say
from database import connect, now, rows, value
from endpoint import Missing, Unavailable
from fetch import Fetched, fetch
from plan import Holdings
from replay import rebuild
from seal import Broken
from settings import FOLDER, IDENTITY, Settings, load
from swift import Listed, Swift
from throwaway import throwaway

Facts = dict[str, dict[str, int]]


@dataclass(frozen=True)
class Beat:
    id: int
    second: int  # that it was in
    facts: Facts
    following: Facts  # of the next one


@dataclass
class Report:
    verdict: str = "bad"
    reason: str = ""
    base: str = ""
    restored_to: str = ""
    newest_event_age_seconds: int | None = None
    seconds: int = 0


def differences(found: Facts, beat: Beat) -> list[str]:
    """What was there lies between what a beat and the next one say, since a beat counts and is then written."""
    wrong: list[str] = []
    for database, wanted in beat.facts.items():
        for key, least in wanted.items():
            other = beat.following.get(database, {}).get(key, least)
            got = found.get(database, {}).get(key)
            if got is None or not min(least, other) <= got <= max(least, other):
                wrong.append(f"{database} has {key} {got} and had {least}")
    return wrong


class Drill:
    def __init__(self, settings: Settings, timeline: str, connection: Connection) -> None:
        self.settings, self.timeline, self.connection = settings, timeline, connection
        self.swift = Swift(settings.auth_url, settings.container_url, settings.reader)
        self.report = Report()

    def run(self) -> None:
        """@throws Unavailable when Swift is away, which is no verdict"""
        begun = time.monotonic()
        work = FOLDER / "drill"
        shutil.rmtree(work, ignore_errors=True)
        work.mkdir(mode=0o700)
        try:
            listed = self.swift.list(f"{self.timeline}/")
            holdings = Holdings(one.name for one in listed)
            beat = self._choose(holdings)
            fetched = self._fetch(listed, holdings, beat)
            with throwaway(self.settings.drill_pool) as socket:
                rebuild(fetched, socket, beat.second + 1, IDENTITY)
                with connect(socket) as restored:
                    self._judge(restored, beat, fetched)
        except (Broken, Refused, RuntimeError, pymysql.MySQLError, subprocess.SubprocessError) as error:
            self.report.reason = " ".join(str(error).split())
        finally:
            shutil.rmtree(work, ignore_errors=True)
        self.report.seconds = round(time.monotonic() - begun)

    def _choose(self, holdings: Holdings) -> Beat:
        if not holdings.bases:
            raise Refused("there is no complete base backup")
        base = holdings.bases[-1]
        reach = holdings.chain(base).reach
        self.report.base = base.folder
        self.report.newest_event_age_seconds = round(now(self.connection) - reach)
        found = rows(
            self.connection,
            "SELECT id, floor(UNIX_TIMESTAMP(at)), facts, lead(facts) OVER (ORDER BY id) FROM beats WHERE at > FROM_UNIXTIME(%s) ORDER BY id",
            (base.at + 1,),
        )
        beats = [Beat(one, int(at), json.loads(told), json.loads(after)) for one, at, told, after in found if after and at < reach]
        if not beats:
            raise Refused(f"no beat between {names.readable(base.at)} and {names.readable(reach)} is in the log")
        return random.choice(beats)

    def _fetch(self, listed: list[Listed], holdings: Holdings, beat: Beat) -> Fetched:
        second = beat.second + 1
        self.report.restored_to = names.readable(second)
        return fetch(self.swift, listed, holdings.reaching(second, self.timeline), FOLDER / "drill", IDENTITY)

    def _judge(self, restored: Connection, beat: Beat, fetched: Fetched) -> None:
        wrong = differences(facts(restored), beat)
        if not value(restored, "SELECT 1 FROM beats WHERE id = %s", (beat.id,)):
            wrong.append(f"the row of {self.report.restored_to} itself is missing")
        if value(restored, "SELECT 1 FROM beats WHERE id > %s LIMIT 1", (beat.id,)):
            wrong.append("there is more than was there at the time")
        self.report.verdict = "bad" if wrong else "good"
        self.report.reason = "; ".join(wrong) or f"{len(fetched.databases)} databases are as they were"

    def tell(self) -> None:
        is_good = self.report.verdict == "good"
        text = json.dumps(self.report.__dict__, indent=1)
        say(f"drill: {self.report.verdict}, {self.report.reason} ({self.report.restored_to or 'no time'}, {self.report.seconds} s)")
        with connect(self.settings.keeper) as connection, connection.cursor() as cursor:
            cursor.execute("INSERT INTO drills (at, is_good, report) VALUES (UTC_TIMESTAMP(), %s, %s)", (int(is_good), text))
            at = now(connection)
        writer = Swift(self.settings.auth_url, self.settings.container_url, self.settings.writer)
        writer.put(names.drill(self.timeline, at, is_good), text.encode(), self.settings.keep_days * 86400)


def main(asked: bool) -> int:
    settings = load()
    try:
        with connect(settings.keeper) as connection:
            if settings.restore and not value(connection, "SELECT 1 FROM restored WHERE at = %s", (settings.restore.text,)):
                return 0
            timeline = value(connection, "SELECT id FROM timeline")
            has_base = value(connection, "SELECT 1 FROM bases LIMIT 1")
            recent = "SELECT 1 FROM drills WHERE at > UTC_TIMESTAMP() - INTERVAL %s HOUR LIMIT 1"
            if not asked and (not has_base or value(connection, recent, (settings.drill_hours,))):
                return 0
            drill = Drill(settings, str(timeline), connection)
            drill.run()
        drill.tell()
        return 0 if drill.report.verdict == "good" else 1
    except (Unavailable, Missing, pymysql.MySQLError, OSError) as error:
        say(f"no drill: {error}")
        return 75


if __name__ == "__main__":
    sys.exit(main("now" in sys.argv[1:]))
