"""Brings the database's accounts to what this server's metadata say, once for each change, while the database serves.
`apply.py boot` is for a server's first boot: it also takes what cloud-init got, and says each time what hinders it."""
import fcntl
import os
import re
import subprocess
import sys
from pathlib import Path

from statements import statements
from wanted import Unknown, Wanted, look

# Mark of what was applied last.
APPLIED = Path("/var/lib/ecommerce/accounts-applied")
# What was said last; away once nothing hinders any more.
TROUBLE = Path("/run/ecommerce-accounts-trouble")
LOCK = Path("/run/ecommerce-accounts.lock")
LOG = Path("/var/log/ecommerce.log")
CONSOLE = Path("/dev/console")
# MySQL's messages may quote a statement, with its password.
ERROR = re.compile(r"^ERROR \d+ \(\w+\)(?: at line \d+)?", re.MULTILINE)


class Refused(Exception):
    """The database does not take it."""


def main(boots: bool) -> int:
    with LOCK.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            wanted = look(boots)
            is_new = boots or not APPLIED.exists() or APPLIED.read_text() != wanted.mark
            if is_new:
                _apply(wanted)
            # What it says last is how it is: `up` goes by that.
            if is_new or TROUBLE.exists():
                _say(f"accounts applied {wanted}")
        except (Unknown, Refused, OSError) as error:
            _hindered(f"accounts not applied: {error}; it is tried again")
            return 1
        TROUBLE.unlink(missing_ok=True)
        return 0


def _apply(wanted: Wanted) -> None:
    # Half of it may be done when it fails, and what is wanted next may be what was there before.
    APPLIED.unlink(missing_ok=True)
    done = subprocess.run(["mysql"], input=statements(wanted.accounts), capture_output=True, text=True)
    if done.returncode != 0:
        found = ERROR.search(done.stderr)
        raise Refused(f"({wanted.mark}) the database says {found[0] if found else 'nothing known'}")
    APPLIED.write_text(wanted.mark)


def _hindered(text: str) -> None:
    if TROUBLE.exists() and TROUBLE.read_text() == text:
        return
    _say(text)
    TROUBLE.write_text(text)


def _say(text: str) -> None:
    line = f"ecommerce: {text}"
    print(line, flush=True)
    with LOG.open("a") as log:
        log.write(f"{line}\n")
    try:
        # Never made, where a server has none.
        with open(os.open(CONSOLE, os.O_WRONLY | os.O_NOCTTY), "w") as console:
            console.write(f"{line}\n")
    except OSError:
        return


if __name__ == "__main__":
    sys.exit(main("boot" in sys.argv[1:]))
