"""One address of the cloud's, as one application credential sees it."""
import json
import time
from collections.abc import Callable
from datetime import datetime
from http.client import HTTPException
from typing import IO
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from settings import Credential

PATIENCE = 30  # seconds without a byte

# A file is sent from its beginning, each time that it is sent.
Body = bytes | Callable[[], IO[bytes]] | None


class Unavailable(Exception):
    """Keystone or the service is away, or does not take the credential; the next try may find it otherwise."""


class Missing(Exception):
    """There is no such object."""


class _Stay(HTTPRedirectHandler):
    """A token goes to nobody else."""

    def redirect_request(self, *_: object) -> None:
        return None


class Endpoint:
    SERVICE = "the service"

    def __init__(self, auth_url: str, url: str, credential: Credential) -> None:
        self.auth_url, self.url, self.credential = auth_url, url, credential
        self.opener = build_opener(_Stay)
        self.token = ""
        self.until = 0.0

    def ask(self, method: str, path: str, headers: dict[str, str] | None = None, body: Body = None) -> IO[bytes]:
        for fresh in (False, True):
            if fresh or time.monotonic() > self.until:
                self._sign_in()
            data = body() if callable(body) else body
            try:
                return self._send(method, self.url + path, {**(headers or {}), "X-Auth-Token": self.token}, data)
            except HTTPError as error:
                error.close()
                if error.code == 404:
                    raise Missing(path) from None
                # The token may have ended before its time.
                if error.code != 401 or fresh:
                    raise Unavailable(f"{self.SERVICE} answers {error.code} to {method} in {self.url}") from None
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


def _time(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()
