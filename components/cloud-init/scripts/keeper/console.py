"""What people read: on the server's console, where the other roles say what they do, and in the journal."""
import time
from pathlib import Path

from settings import FOLDER


class Refused(Exception):
    """What does not pass by trying again: one line that says what a person must decide."""


def say(text: str) -> None:
    print(f"ecommerce: {text}", flush=True)


def tell_boot(state: str) -> None:
    """What the boot of this server waits for: `shipping`, `restoring` or `refused: <why>`."""
    written = Path(FOLDER / "state.new")
    written.write_text(state)
    written.rename(FOLDER / "state")


class Trouble:
    """Says what is wrong once, however often it is tried again, and that it is over."""

    def __init__(self, over: str) -> None:
        self.over = over
        self.wrong = ""

    def is_(self, text: str) -> None:
        if text != self.wrong:
            say(text)
        self.wrong = text

    def is_over(self) -> None:
        if self.wrong:
            say(self.over)
        self.wrong = ""


class Progress:
    """Bytes done of a total, said every five seconds."""

    EVERY = 5

    def __init__(self, what: str, total: int) -> None:
        self.what, self.total, self.done = what, total, 0
        self.begun = self.said = time.monotonic()

    def add(self, count: int) -> None:
        self.done += count
        now = time.monotonic()
        if now - self.said < self.EVERY:
            return
        self.said = now
        left = (now - self.begun) / max(1, self.done) * max(0, self.total - self.done)
        say(f"{self.what}: {_mib(self.done)} of {_mib(self.total)} MiB, {left:.0f} s left")

    def end(self) -> None:
        say(f"{self.what}: {_mib(self.done)} MiB in {time.monotonic() - self.begun:.0f} s")


def _mib(count: int) -> str:
    return f"{count / 1048576:.1f}"
