"""Tells the other server how this one is. One that has lost the majority, while the other one waits, starts anew: then both
wait, and can compare."""
import json
import socketserver
import ssl
import subprocess
import threading
import time

from settings import PORT, load, tls
from start import PHASE

STATUS = (
    "SELECT variable_name, variable_value FROM information_schema.global_status"
    " WHERE variable_name IN ('wsrep_cluster_status', 'wsrep_local_state')"
)
# Synced, or sending its data to the other one, while which it serves.
SERVES = ("4", "2")
LOST_FOR = 30.0  # seconds, after which the majority does not come back by itself
NOBODY = {"kind": "partial", "history": "", "transaction": -1}

_lock = threading.Lock()
_lost_since: float | None = None


def phase() -> dict:
    status = _status()
    told = {"phase": "starting", "position": NOBODY}
    try:
        told = json.loads(PHASE.read_text())
    except (OSError, ValueError):
        pass
    if status is None:
        return told
    is_primary = status.get("WSREP_CLUSTER_STATUS") == "Primary"
    if is_primary and status.get("WSREP_LOCAL_STATE") in SERVES:
        return {**told, "phase": "primary"}
    return {**told, "phase": "starting" if is_primary else "running"}


def _status() -> dict[str, str] | None:
    """@returns nothing where MariaDB does not answer"""
    try:
        asked = ["mysql", "--connect-timeout=2", "--batch", "--skip-column-names", "--execute", STATUS]
        done = subprocess.run(asked, capture_output=True, text=True, timeout=3)
    except subprocess.TimeoutExpired:
        return None
    if done.returncode != 0:
        return None
    return {name.upper(): value for name, value in (line.split("\t") for line in done.stdout.splitlines())}


def begin_anew_if_lost(now: dict) -> None:
    global _lost_since
    with _lock:
        if now["phase"] != "running":
            _lost_since = None
            return
        _lost_since = _lost_since or time.monotonic()
        if time.monotonic() - _lost_since < LOST_FOR:
            return
        _lost_since = None
    subprocess.run(["systemctl", "--no-block", "restart", "mariadb"], check=False)


class Answer(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        self.request.settimeout(5)
        try:
            with tls(ssl.Purpose.CLIENT_AUTH).wrap_socket(self.request, server_side=True) as connection:
                now = phase()
                connection.sendall(json.dumps(now).encode() + b"\n")
        except OSError:
            return
        # Only the other server asks, and only while it waits.
        begin_anew_if_lost(now)


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


if __name__ == "__main__":
    Server((load().own.address, PORT), Answer).serve_forever()
