"""A certificate in Barbican for the storefront's HTTPS, as an operator would have put it there."""
import subprocess
import tempfile
from pathlib import Path

from .context import Context
from .identity import CLOUDS, connect

# Of the container; its secrets' names begin with it.
NAME = "storefront"


def offer(lab: Context) -> None:
    with tempfile.TemporaryDirectory() as folder:
        certificate, key = Path(folder, "certificate.pem"), Path(folder, "key.pem")
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "3650",
             "-subj", "/CN=shop.example.com", "-addext", "subjectAltName=DNS:shop.example.com",
             "-keyout", key, "-out", certificate],
            check=True, capture_output=True,
        )
        for name in CLOUDS:
            _store(lab, name, certificate.read_text(), key.read_text())


def _store(lab: Context, cloud: str, certificate: str, key: str) -> None:
    manager = connect(lab, cloud).key_manager
    if any(container.name == NAME for container in manager.containers()):
        return
    payloads = {"certificate": (certificate, "certificate"), "private_key": (key, "private")}
    secrets = [
        {"name": part, "secret_ref": manager.create_secret(
            name=f"{NAME}-{part}", payload=payload, payload_content_type="text/plain", secret_type=kind,
        ).secret_ref}
        for part, (payload, kind) in payloads.items()
    ]
    manager.create_container(name=NAME, type="certificate", secret_refs=secrets)
