"""Long work tells which step it is at and how long it has taken; failures say what to do."""
import sys
import time
from typing import NoReturn

_start = time.monotonic()


def say(what: str) -> None:
    print(f"lab: [{time.monotonic() - _start:6.1f} s] {what}", file=sys.stderr, flush=True)


class LabError(Exception):
    """A failure whose message says what went wrong and what to do next."""


def fail(message: str) -> NoReturn:
    raise LabError(message)
