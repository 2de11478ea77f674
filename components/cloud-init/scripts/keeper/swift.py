"""One container in Swift, as one application credential sees it."""
import hashlib
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from http.client import HTTPException
from pathlib import Path
from typing import IO
from urllib.error import HTTPError, URLError
from urllib.parse import quote, urlencode, urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from settings import Credential

PATIENCE = 30  # seconds without a byte
PAGE = 5000
BLOCK = 1 << 20

# A file is sent from its beginning, each time that it is sent.
Body = bytes | Callable[[], IO[bytes]] | None


class Unavailable(Exception):
    """Keystone or Swift is away, or does not take the credential; the next try may find it otherwise."""


class Missing(Exception):
    """There is no such object."""


@dataclass(frozen=True)
class Listed:
    name: str
    size: int


class _Stay(HTTPRedirectHandler):
    """A token goes to nobody else."""

    def redirect_request(self, *_: object) -> None:
        return None


class Swift:
    def __init__(self, auth_url: str, container_url: str, credential: Credential) -> None:
        self.auth_url, self.container_url, self.credential = auth_url, container_url, credential
        self.opener = build_opener(_Stay)
        self.token = ""
        self.until = 0.0

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
        with self._ask("PUT", f"/{quote(name)}", headers, body) as answer:
            answer.read()

    def list(self, prefix: str = "") -> list[Listed]:
        found: list[Listed] = []
        while True:
            marker = found[-1].name if found else ""
            query = urlencode({"format": "json", "limit": PAGE, "marker": marker, "prefix": prefix})
            with self._ask("GET", f"?{query}") as answer:
                rows = json.loads(_all(answer)) if answer.status == 200 else []
            found += [Listed(row["name"], row["bytes"]) for row in rows]
            # Some clouds give fewer at a time than they are asked for.
            if not rows:
                return found

    def read(self, name: str) -> bytes:
        with self._ask("GET", f"/{quote(name)}") as answer:
            return _all(answer)

    def get(self, name: str, target: Path, seen: Callable[[int], None] | None = None) -> str:
        """@param seen is called with the number of bytes of each block @returns SHA-256 of what came"""
        digest = hashlib.sha256()
        with self._ask("GET", f"/{quote(name)}") as answer, target.open("wb") as file:
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

    def _ask(self, method: str, path: str, headers: dict[str, str] | None = None, body: Body = None) -> IO[bytes]:
        for fresh in (False, True):
            if fresh or time.monotonic() > self.until:
                self._sign_in()
            data = body() if callable(body) else body
            try:
                return self._send(method, self.container_url + path, {**(headers or {}), "X-Auth-Token": self.token}, data)
            except HTTPError as error:
                error.close()
                if error.code == 404:
                    raise Missing(path) from None
                # The token may have ended before its time.
                if error.code != 401 or fresh:
                    raise Unavailable(f"Swift answers {error.code} to {method} in {self.container_url}") from None
        raise AssertionError("a fresh token is tried once")

    def _sign_in(self) -> None:
        secret = {"id": self.credential.id, "secret": self.credential.secret}
        methods = {"methods": ["application_credential"], "application_credential": secret}
        body = json.dumps({"auth": {"identity": methods}}).encode()
        try:
            with self._send("POST", f"{self.auth_url}/auth/tokens", {"Content-Type": "application/json"}, body) as answer:
                self.token = answer.headers["X-Subject-Token"]
                told = json.load(answer)["token"]
        except HTTPError as error:
            error.close()
            raise Unavailable(f"Keystone answers {error.code} for the application credential {self.credential.id}") from None
        # By Keystone's clock alone: this server's may be wrong.
        life = _time(told["expires_at"]) - _time(told["issued_at"]) if "issued_at" in told else 300
        self.until = time.monotonic() + min(life - 120, 1800)

    def _send(self, method: str, url: str, headers: dict[str, str], body: bytes | IO[bytes] | None) -> IO[bytes]:
        try:
            return self.opener.open(Request(url, data=body, headers=headers, method=method), timeout=PATIENCE)
        except HTTPError:
            raise
        except (URLError, HTTPException, OSError) as error:
            raise Unavailable(f"{urlsplit(url).hostname} does not answer: {getattr(error, 'reason', error)}") from None


def _all(answer: IO[bytes]) -> bytes:
    try:
        return answer.read()
    except (HTTPException, OSError) as error:
        raise Unavailable(f"Swift breaks off: {error}") from None


def _time(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()
