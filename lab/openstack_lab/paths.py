"""Where the lab keeps its things: one folder outside the checkout."""
import os
from dataclasses import dataclass
from pathlib import Path


def cache() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "openstack-ecommerce"


@dataclass(frozen=True)
class Paths:
    """All of one lab's folders. `root` comes from LAB_HOME."""

    root: Path
    venv: Path
    # What servers boot from, and the mirror of their packages; profile `full` only.
    images: Path | None = None
    # A switch of its own, of lab/switch.sh; profile `full` only.
    switch: Path | None = None

    @staticmethod
    def here(full: bool) -> "Paths":
        default = "lab-full" if full else "lab"
        root = Path(os.environ.get("LAB_HOME") or cache() / default).resolve()
        images, switch = os.environ.get("LAB_IMAGES"), os.environ.get("LAB_SWITCH")
        return Paths(root, Path(os.environ["LAB_VENV"]), Path(images) if images else None, Path(switch) if switch else None)

    @property
    def home(self) -> Path:
        """HOME of every service: oslo.config finds ~/.SERVICE/SERVICE.conf there."""
        return self.root / "home"

    @property
    def etc(self) -> Path:
        return self.root / "etc"

    @property
    def state(self) -> Path:
        return self.root / "state"

    @property
    def log(self) -> Path:
        return self.root / "log"

    @property
    def run(self) -> Path:
        return self.root / "run"

    @property
    def lib(self) -> Path:
        """A copy of this package, so that running services do not depend on the checkout."""
        return self.root / "lib"

    @property
    def www(self) -> Path:
        """What the lab's mirror serves: `packages/` and `releases/`."""
        return self.root / "www"

    @property
    def shims(self) -> Path:
        """Programs that stand in for others; first on the services' PATH."""
        return self.root / "shims"

    @property
    def bin(self) -> Path:
        return self.venv / "bin"

    @property
    def clouds(self) -> Path:
        return self.root / "clouds.yaml"

    @property
    def schemas(self) -> Path:
        """Dump of the migrated databases, kept beside the packages that made it."""
        return self.venv / "schemas.sql.gz"

    def conf(self, service: str, name: str) -> Path:
        return self.home / f".{service}" / name
