"""One container in Swift, as one application credential sees it."""
import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from typing import IO
from urllib.parse import quote, urlencode

from endpoint import Body, Endpoint, Unavailable

PAGE = 5000
BLOCK = 1 << 20


@dataclass(frozen=True)
class Listed:
    name: str
    size: int


class Swift(Endpoint):
    SERVICE = "Swift"

    def put(self, name: str, body: Path | bytes, seconds: int) -> None:
        """@param seconds after which Swift deletes the object"""
        headers = {"X-Delete-After": str(seconds), "Content-Type": "application/octet-stream"}
        if isinstance(body, bytes):
            return self._put(name, body, {**headers, "ETag": hashlib.md5(body).hexdigest(), "Content-Length": str(len(body))})
        with body.open("rb") as file:
            digest = hashlib.file_digest(file, "md5").hexdigest()
            size = file.tell()

            def again() -> IO[bytes]:
                file.seek(0)
                return file

            self._put(name, again, {**headers, "ETag": digest, "Content-Length": str(size)})

    def _put(self, name: str, body: Body, headers: dict[str, str]) -> None:
        with self.ask("PUT", f"/{quote(name)}", headers, body) as answer:
            answer.read()

    def list(self, prefix: str = "") -> list[Listed]:
        found: list[Listed] = []
        while True:
            marker = found[-1].name if found else ""
            query = urlencode({"format": "json", "limit": PAGE, "marker": marker, "prefix": prefix})
            with self.ask("GET", f"?{query}") as answer:
                rows = json.loads(_all(answer)) if answer.status == 200 else []
            found += [Listed(row["name"], row["bytes"]) for row in rows]
            # Some clouds give fewer at a time than they are asked for.
            if not rows:
                return found

    def read(self, name: str) -> bytes:
        with self.ask("GET", f"/{quote(name)}") as answer:
            return _all(answer)

    def get(self, name: str, target: Path, seen: Callable[[int], None] | None = None) -> str:
        """@param seen is called with the number of bytes of each block @returns SHA-256 of what came"""
        digest = hashlib.sha256()
        with self.ask("GET", f"/{quote(name)}") as answer, target.open("wb") as file:
            try:
                while block := answer.read(BLOCK):
                    digest.update(block)
                    file.write(block)
                    if seen:
                        seen(len(block))
            except (HTTPException, OSError) as error:
                raise Unavailable(f"Swift breaks off: {error}") from None
            if file.tell() != int(answer.headers.get("Content-Length", file.tell())):
                raise Unavailable(f"Swift breaks off after {file.tell()} bytes")
        return digest.hexdigest()


def _all(answer: IO[bytes]) -> bytes:
    try:
        return answer.read()
    except (HTTPException, OSError) as error:
        raise Unavailable(f"Swift breaks off: {error}") from None
