"""Brings a backup to this server and makes sure of every byte, before anything is changed by it."""
import hashlib
import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import binlog
import names
from console import Progress, Refused
from endpoint import Missing
from names import Piece
from plan import Plan
from seal import BLOCK, Broken, opened
from swift import Listed, Swift


@dataclass(frozen=True)
class Fetched:
    plan: Plan
    databases: dict[str, int]  # tables of each
    parts: list[Path]
    logs: list[tuple[Piece, Path]]

    @property
    def base_size(self) -> int:
        return sum(part.stat().st_size for part in self.parts)

    @property
    def log_size(self) -> int:
        """Before compression."""
        return sum(piece.end - piece.start for piece, _ in self.logs)


def fetch(swift: Swift, listed: list[Listed], plan: Plan, folder: Path, identity: Path) -> Fetched:
    """@throws Broken when a byte is missing or another one @throws Refused when there is no room"""
    base = plan.base
    sizes = {one.name: one.size for one in listed}
    try:
        told = json.loads(swift.read(names.complete(base.folder)))
        parts = [(f"{base.folder}/{part['name']}", int(part["size"]), str(part["sha256"])) for part in told["parts"]]
        databases = {str(name): int(count) for name, count in told["databases"].items()}
    except (ValueError, KeyError, TypeError):
        raise Broken(f"{names.complete(base.folder)} does not say what a base consists of") from None
    total = sum(size for _, size, _ in parts) + sum(sizes[piece.name] for piece in plan.pieces)
    if total > shutil.disk_usage(folder).free * 0.9:
        raise Refused(f"the backup takes {total >> 20} MiB, and this server's disk has less: give it a larger flavor")
    progress = Progress("fetching the backup", total)
    fetched = Fetched(plan, databases, [], [])
    for number, (name, size, digest) in enumerate(parts):
        path = folder / f"part-{number}"
        if _get(swift, name, path, progress.add) != digest or path.stat().st_size != size:
            raise Broken(f"{name} is not what was put there: its SHA-256 is another")
        fetched.parts.append(path)
    for number, piece in enumerate(plan.pieces):
        path = folder / f"log-{number}"
        _get(swift, piece.name, path, progress.add)
        fetched.logs.append((piece, path))
    progress.end()
    _examine(fetched, identity)
    return fetched


def _get(swift: Swift, name: str, path: Path, seen: Callable[[int], None]) -> str:
    try:
        return swift.get(name, path, seen)
    except Missing:
        raise Broken(f"{name} is not in the container") from None


def _examine(fetched: Fetched, identity: Path) -> None:
    """Opens all of it once: the key is the right one, and what is inside is what the names say."""
    for piece, path in fetched.logs:
        with opened([path], identity, piece.name) as stream:
            size = 0
            while block := stream.read(BLOCK):
                size += len(block)
        if size != piece.end - piece.start:
            raise Broken(f"{piece.name} holds {size} bytes, not {piece.end - piece.start}")
    progress = Progress("examining the backup", fetched.base_size)
    with opened(fetched.parts, identity, fetched.plan.base.folder, progress.add):
        pass


class LogFile:
    """One file of the log, put together from its pieces, which may overlap."""

    def __init__(self, pieces: list[tuple[Piece, Path]], identity: Path) -> None:
        self.pieces, self.identity = pieces, identity

    def write(self, selection: binlog.Selection, after: int, into: Callable[[bytes], object]) -> None:
        """@param after what ends up to here is in the base already"""
        reader = _Joined(self.pieces, self.identity)
        try:
            for event in binlog.events(reader):
                if event.type == binlog.FORMAT or (event.end > after and selection.takes(event)):
                    into(event.data)
        except binlog.Damaged as error:
            raise Broken(f"{self.pieces[0][0].file}: {error}") from None
        finally:
            reader.close()


class _Joined:
    def __init__(self, pieces: list[tuple[Piece, Path]], identity: Path) -> None:
        self.left, self.identity, self.position = list(pieces), identity, 0
        self.current = None
        self.stream = None

    def read(self, count: int) -> bytes:
        while True:
            if self.stream:
                block = self.stream.read(count)
                self.position += len(block)
                if block:
                    return block
                self.close()
            if not self.left:
                return b""
            piece, path = self.left.pop(0)
            self.current = opened([path], self.identity, piece.name)
            self.stream = self.current.__enter__()
            self.stream.read(self.position - piece.start)

    def close(self) -> None:
        if self.current:
            self.current.__exit__(None, None, None)
        self.current = self.stream = None
