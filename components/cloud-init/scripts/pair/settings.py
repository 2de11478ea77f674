"""What both programs of a pair's server go by."""
import json
import ssl
from dataclasses import dataclass
from pathlib import Path

SETTINGS = Path("/etc/ecommerce/pair.json")
TLS = Path("/etc/ecommerce/tls")
PORT = 4569  # as core/security-rule.ts has it


@dataclass(frozen=True)
class Member:
    name: str
    address: str


@dataclass(frozen=True)
class Settings:
    number: int
    own: Member
    peer: Member


def load() -> Settings:
    told = json.loads(SETTINGS.read_text())
    return Settings(told["number"], Member(**told["own"]), Member(**told["peer"]))


def tls(purpose: ssl.Purpose) -> ssl.SSLContext:
    """Both sides show a certificate of the store's own authority, which nobody else has."""
    context = ssl.create_default_context(purpose, cafile=str(TLS / "ca.crt"))
    context.check_hostname = False
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_cert_chain(TLS / "member.crt", TLS / "member.key")
    return context
