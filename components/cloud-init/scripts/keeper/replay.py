"""Makes a server's data out of a backup: the base first, then the log up to a second."""
import itertools
import subprocess
import tempfile
from pathlib import Path
from typing import IO

import binlog
from console import Progress
from database import BINLOG, CLIENT, IS_MARIADB, environment, options
from fetch import Fetched, LogFile
from names import readable
from seal import BLOCK, opened
from settings import Account

# The server that it comes to has a log of its own, which this is no part of.
SESSION = ["--init-command=SET sql_log_bin = 0", "--binary-mode", "--max-allowed-packet=1G", "--default-character-set=utf8mb4"]

# MySQL would keep the identity of a transaction that is left out for the next one; and here nobody asks for identities.
PLAIN = [] if IS_MARIADB else ["--skip-gtids"]


def rebuild(fetched: Fetched, server: Account | Path, at: int, identity: Path) -> None:
    """@param at the state as that second began @throws RuntimeError with the tool's own words when the server does not take it"""
    with options(server) as access:
        _load(fetched, access, identity)
        _replay(fetched, access, at, identity)


def _load(fetched: Fetched, access: str, identity: Path) -> None:
    progress = Progress("loading the base", fetched.base_size)
    with tempfile.TemporaryFile() as errors:
        client = subprocess.Popen([CLIENT, access, *SESSION], stdin=subprocess.PIPE, stderr=errors, env=environment())
        try:
            with opened(fetched.parts, identity, fetched.plan.base.folder, progress.add) as dump, client.stdin as into:
                while block := dump.read(BLOCK):
                    into.write(block)
        except BrokenPipeError:
            pass
        _must_end_well({CLIENT: client}, errors)
    progress.end()


def _replay(fetched: Fetched, access: str, at: int, identity: Path) -> None:
    progress = Progress("replaying the log", fetched.log_size)
    stop = readable(at).replace("T", " ").removesuffix("Z")
    base = fetched.plan.base
    selection = binlog.Selection()
    with tempfile.TemporaryFile() as errors:
        command = [BINLOG, "--no-defaults", *PLAIN, f"--stop-datetime={stop}", "-"]
        reader = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, env=environment())
        client = subprocess.Popen([CLIENT, access, *SESSION], stdin=reader.stdout, stderr=errors, env=environment())
        reader.stdout.close()
        try:
            with reader.stdin as into:
                into.write(binlog.MAGIC)
                for file, pieces in itertools.groupby(fetched.logs, lambda log: log[0].file):
                    after = base.position if file == base.file else 0
                    LogFile(list(pieces), identity).write(selection, after, lambda data: _write(into, data, progress))
        except BrokenPipeError:
            # The reader has come to the second.
            pass
        _must_end_well({CLIENT: client, BINLOG: reader}, errors)
    progress.end()


def _write(into: IO[bytes], data: bytes, progress: Progress) -> None:
    into.write(data)
    progress.add(len(data))


def _must_end_well(processes: dict[str, subprocess.Popen], errors: IO[bytes]) -> None:
    codes = {name: process.wait() for name, process in processes.items()}
    if any(codes.values()):
        errors.seek(0)
        lines = [line for line in errors.read().decode(errors="replace").splitlines() if "ERROR" in line.upper()]
        name = next(name for name, code in codes.items() if code)
        raise RuntimeError(f"{name} ended with {codes[name]}: {lines[-1] if lines else 'it does not say why'}")
