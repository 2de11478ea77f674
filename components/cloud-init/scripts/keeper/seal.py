"""Compression and encryption, by zstd and age: `age -d -i KEY FILE | zstd -d` opens by hand what is made here."""
import subprocess
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import IO

BLOCK = 1 << 20


class Broken(Exception):
    """A backup is not what it should be."""


@contextmanager
def sealing(recipient: str, target: int | IO[bytes]) -> Iterator[IO[bytes]]:
    """@returns where to write; what comes of it goes to the target"""
    compress = subprocess.Popen(["zstd", "-q", "-c"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    encrypt = subprocess.Popen(["age", "-r", recipient], stdin=compress.stdout, stdout=target)
    compress.stdout.close()
    try:
        with compress.stdin:
            yield compress.stdin
    finally:
        codes = compress.wait(), encrypt.wait()
    if codes != (0, 0):
        raise RuntimeError(f"zstd and age ended with {codes}")


def seal(blocks: Iterable[bytes], recipient: str, target: Path) -> None:
    with target.open("wb") as file, sealing(recipient, file) as into:
        for block in blocks:
            into.write(block)


@contextmanager
def opened(files: list[Path], identity: Path, what: str, seen: Callable[[int], None] | None = None) -> Iterator[IO[bytes]]:
    """
    @param files one after the other, as one stream
    @param seen is called with the number of bytes of each block that was read
    @throws Broken when it does not decrypt, or ends too early
    """
    with tempfile.TemporaryFile() as errors:
        decrypt = subprocess.Popen(["age", "-d", "-i", str(identity)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors)
        expand = subprocess.Popen(["zstd", "-q", "-d", "-c"], stdin=decrypt.stdout, stdout=subprocess.PIPE, stderr=errors)
        decrypt.stdout.close()
        feeder = Thread(target=_feed, args=(files, decrypt.stdin, seen), daemon=True)
        feeder.start()
        try:
            yield expand.stdout
            # What the reader has left, or a false end would not be noticed.
            while expand.stdout.read(BLOCK):
                pass
        finally:
            expand.stdout.close()
            codes = decrypt.wait(), expand.wait()
            feeder.join()
        if codes != (0, 0):
            errors.seek(0)
            lines = errors.read().decode(errors="replace").splitlines()
            why = next((line.removeprefix("age: error: ") for line in lines if "error" in line), "it is damaged")
            raise Broken(f"{what} cannot be opened: {why}")


def _feed(files: list[Path], into: IO[bytes], seen: Callable[[int], None] | None) -> None:
    try:
        with into:
            for file in files:
                with file.open("rb") as source:
                    while block := source.read(BLOCK):
                        into.write(block)
                        if seen:
                            seen(len(block))
    except BrokenPipeError:
        # It ended early, and its code says why.
        pass
