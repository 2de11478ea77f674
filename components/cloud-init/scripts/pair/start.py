"""Before MariaDB starts: waits until it is known whether this server joins the other one, or begins."""
import json
import socket
import ssl
import sys
import time
from pathlib import Path

sys.path.append("/usr/local/lib/ecommerce/accounts")

from decide import Told, Verdict, decide
from position import GRASTATE, Position, begin_new_history, own
from settings import PORT, Settings, load, tls
from wanted import Unknown, _metadata

PHASE = Path("/run/ecommerce-pair.json")
# MariaDB's unit reads it.
BEGINS = Path("/run/mysqld/wsrep-new-cluster")
# Of yield.sh.
YIELDS = Path("/run/ecommerce-pair-yields")
CHOICE = "go-on-from"
LOG = Path("/var/log/ecommerce.log")
CONSOLE = Path("/dev/console")
EVERY = 1.0  # seconds
CHOICE_EVERY = 15.0


def main() -> int:
    settings = load()
    try:
        position = own()
    except RuntimeError as error:
        say(str(error))
        return 1
    tell("waiting", position)
    said = ""
    looked, chosen = -CHOICE_EVERY, None
    while True:
        # Nobody waits for an answer to that who need not wait at all.
        if said and time.monotonic() - looked > CHOICE_EVERY:
            looked, chosen = time.monotonic(), choice()
        verdict = decide(settings.number, settings.own.name, position, settings.peer.name, ask(settings), chosen)
        if verdict.why != said:
            said = verdict.why
            say(f"the database server {'waits' if verdict.what == 'wait' else verdict.what + 's'}: {said}")
        if verdict.what != "wait":
            go(verdict, position)
            return 0
        time.sleep(EVERY)


def go(verdict: Verdict, position: Position) -> None:
    YIELDS.unlink(missing_ok=True)
    BEGINS.unlink(missing_ok=True)
    if verdict.what == "begin":
        BEGINS.write_text("_WSREP_NEW_CLUSTER=--wsrep-new-cluster\n")
        if verdict.is_new_history:
            begin_new_history()
        if GRASTATE.exists():
            # Galera asks for that after a crash, since it cannot know what the two have compared.
            GRASTATE.write_text(GRASTATE.read_text().replace("safe_to_bootstrap: 0", "safe_to_bootstrap: 1"))
    tell("starting", position)


def tell(phase: str, position: Position) -> None:
    new = PHASE.with_suffix(".new")
    new.write_text(json.dumps({"phase": phase, "position": position.told()}))
    new.replace(PHASE)


def ask(settings: Settings) -> Told | None:
    try:
        with socket.create_connection((settings.peer.address, PORT), timeout=2) as plain:
            with tls(ssl.Purpose.SERVER_AUTH).wrap_socket(plain) as connection, connection.makefile("rb") as answer:
                told = json.loads(answer.readline(4096))
        return Told(told["phase"], Position(**told["position"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def choice() -> str | None:
    try:
        return _metadata(True).get(CHOICE)
    except Unknown:
        return None


def say(text: str) -> None:
    line = f"ecommerce: {text}"
    print(line, flush=True)
    with LOG.open("a") as log:
        log.write(f"{line}\n")
    if CONSOLE.exists():
        try:
            CONSOLE.write_text(f"{line}\n")
        except OSError:
            return


if __name__ == "__main__":
    sys.exit(main())
