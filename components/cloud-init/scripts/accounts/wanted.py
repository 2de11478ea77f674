"""Who may use the databases, by what this server's metadata say: the pieces, joined and opened (core/wanted-accounts.ts)."""
import base64
import hashlib
import json
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY = Path("/etc/ecommerce/accounts.key")
SERVICE = "http://169.254.169.254/openstack/latest/meta_data.json"
# What cloud-init got at this boot, together with the user data: on some clouds from a drive instead of the service.
AT_BOOT = Path("/run/cloud-init/instance-data.json")
PIECE = "accounts-"
NONCE_BYTES = 12
TIMEOUT = 5
TRIES = 3
# Nova changes several pieces one after the other.
PAUSE = 4


class Unknown(Exception):
    """What is wanted cannot be told; what it was before stays."""


@dataclass(frozen=True)
class Wanted:
    mark: str
    """By which `up` knows it again."""
    accounts: dict

    def __str__(self) -> str:
        names = {kind: ", ".join(self.accounts[kind]) for kind in ("stores", "readers")}
        return f"({self.mark}): stores {names['stores']}; readers {names['readers'] or 'none'}"


def look(boots: bool) -> Wanted:
    """@param boots: whether what cloud-init got will do, which is too old later; @raises Unknown"""
    for tries_left in reversed(range(TRIES)):
        try:
            return _opened(_joined(_metadata(boots)))
        except Unknown:
            if tries_left == 0:
                raise
        time.sleep(PAUSE)
    raise AssertionError("no try at all")


def _metadata(boots: bool) -> dict[str, str]:
    # Whatever proxy is set is for the way out.
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with direct.open(SERVICE, timeout=TIMEOUT) as answer:
            return json.load(answer).get("meta", {})
    except (OSError, ValueError) as error:
        if not boots:
            raise Unknown(f"the metadata service does not answer ({error})") from error
    try:
        return json.loads(AT_BOOT.read_text())["ds"]["meta_data"].get("meta", {})
    except (OSError, ValueError, KeyError) as error:
        raise Unknown(f"neither the metadata service nor cloud-init has this server's metadata ({error})") from error


def _joined(metadata: dict[str, str]) -> str:
    pieces = []
    while piece := metadata.get(f"{PIECE}{len(pieces) + 1}"):
        pieces.append(piece)
    return "".join(pieces)


def _opened(sealed: str) -> Wanted:
    if not sealed:
        raise Unknown("this server's metadata say nothing of accounts")
    try:
        content = base64.b64decode(sealed, validate=True)
        key = AESGCM(bytes.fromhex(KEY.read_text().strip()))
        text = key.decrypt(content[:NONCE_BYTES], content[NONCE_BYTES:], None)
    except (InvalidTag, ValueError) as error:
        raise Unknown("what this server's metadata say of accounts is not whole, or is not for this server") from error
    return Wanted(hashlib.sha256(sealed.encode()).hexdigest()[:12], json.loads(text))
