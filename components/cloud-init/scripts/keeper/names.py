"""Names of the objects in the container; all that is known without opening one stands in them."""
import re
from dataclasses import dataclass
from datetime import datetime, timezone

_STAMP = r"(\d{8}T\d{6}Z)"
_TIMELINE = r"([0-9a-f-]{36})"
_FILE = r"([^/]+\.\d+)"
_COMPLETE = re.compile(rf"{_TIMELINE}/base/{_STAMP}-{_FILE}-(\d+)/complete\.json")
_PIECE = re.compile(rf"{_TIMELINE}/log/{_FILE}/(?:(\d+)|whole)-(\d+)-{_STAMP}\.zst\.age")
_FORMAT = "%Y%m%dT%H%M%SZ"


@dataclass(frozen=True)
class Base:
    timeline: str
    folder: str
    at: int
    file: str
    position: int


@dataclass(frozen=True)
class Piece:
    """Whole events of one file of the binary log."""

    timeline: str
    name: str
    file: str
    start: int
    end: int
    time: int  # of its newest event
    is_whole: bool


def stamp(second: float) -> str:
    return datetime.fromtimestamp(int(second), timezone.utc).strftime(_FORMAT)


def readable(second: float) -> str:
    return datetime.fromtimestamp(int(second), timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def _second(text: str) -> int:
    return int(datetime.strptime(text, _FORMAT).replace(tzinfo=timezone.utc).timestamp())


def base_folder(timeline: str, at: float, file: str, position: int) -> str:
    return f"{timeline}/base/{stamp(at)}-{file}-{position}"


def part(folder: str, number: int) -> str:
    return f"{folder}/part-{number:04}.zst.age"


def complete(folder: str) -> str:
    return f"{folder}/complete.json"


def piece(timeline: str, file: str, start: int, end: int, time: int) -> str:
    return f"{timeline}/log/{file}/{start:012}-{end:012}-{stamp(time)}.zst.age"


def whole(timeline: str, file: str, end: int, time: int) -> str:
    return f"{timeline}/log/{file}/whole-{end:012}-{stamp(time)}.zst.age"


def drill(timeline: str, at: float, is_good: bool) -> str:
    return f"{timeline}/drills/{stamp(at)}-{'good' if is_good else 'bad'}.json"


def parse(name: str) -> Base | Piece | None:
    """@returns a complete base, a piece of a log, or nothing where the name says nothing about what can be restored"""
    if found := _COMPLETE.fullmatch(name):
        timeline, at, file, position = found.groups()
        return Base(timeline, name.rsplit("/", 1)[0], _second(at), file, int(position))
    if found := _PIECE.fullmatch(name):
        timeline, file, start, end, time = found.groups()
        return Piece(timeline, name, file, int(start or 0), int(end), _second(time), start is None)
    return None


def number(file: str) -> int:
    return int(file.rsplit(".", 1)[1])
