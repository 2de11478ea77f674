"""Passwords and keys, generated once a lab and kept in one private file."""
import base64
import json
import os
import secrets
import uuid
from pathlib import Path


class Passwords:
    def __init__(self, path: Path) -> None:
        self._path = path
        self._known: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}

    def __getitem__(self, name: str) -> str:
        """The password of that name: 32 hexadecimal digits, made when it is first asked for."""
        return self._once(name, secrets.token_hex(16))

    def fernet_key(self, name: str) -> str:
        """32 random bytes in URL-safe base64."""
        return self._once(name, base64.urlsafe_b64encode(secrets.token_bytes(32)).decode())

    def uuid(self, name: str) -> str:
        return self._once(name, str(uuid.uuid4()))

    def _once(self, name: str, fresh: str) -> str:
        if name not in self._known:
            self._known[name] = fresh
            self._path.parent.mkdir(parents=True, exist_ok=True)
            unfinished = self._path.with_suffix(".new")
            with open(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
                json.dump(self._known, file, indent=1)
            unfinished.replace(self._path)
        return self._known[name]
