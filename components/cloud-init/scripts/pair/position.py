"""How far the data on a volume is, as Galera counts: the history's id, and the last transaction of it."""
import re
from dataclasses import asdict, dataclass
from pathlib import Path

DATA = Path("/var/lib/mysql")
GRASTATE = DATA / "grastate.dat"
# Made on every database server before it serves.
SERVED = DATA / "ecommerce_accounts"
# What MariaDB's own unit has found with --wsrep-recover, right before.
RECOVERED = Path("/run/mysqld/wsrep-start-position")
NOTHING = "00000000-0000-0000-0000-000000000000"


def begin_new_history() -> None:
    """Transactions of the same number are others from now on: a volume with the history of before gets all data anew."""
    GRASTATE.unlink(missing_ok=True)
    RECOVERED.write_text(f"_WSREP_START_POSITION=--wsrep_start_position={NOTHING}:-1\n")


@dataclass(frozen=True)
class Position:
    # `blank`: a new volume. `alone`: data of a time before the pair. `partial`: the copy of the other's data was interrupted.
    kind: str
    history: str = NOTHING
    transaction: int = -1

    def __str__(self) -> str:
        return f"{self.history}:{self.transaction}" if self.kind == "paired" else self.kind

    def told(self) -> dict:
        return asdict(self)


def own() -> Position:
    """@raises RuntimeError where MariaDB cannot tell: it is damaged, and says so in its log"""
    if not GRASTATE.exists():
        return Position("alone" if SERVED.exists() else "blank")
    found = re.search(r"=([0-9a-f-]{36}):(-?\d+)", RECOVERED.read_text()) if RECOVERED.exists() else None
    if not found:
        raise RuntimeError("MariaDB does not tell how far its data is: see journalctl -u mariadb")
    if found[1] == NOTHING or int(found[2]) < 0:
        return Position("partial")
    return Position("paired", found[1], int(found[2]))
