"""
Volumes of profile `full`: loop devices over Cinder's files. Servers know them by links that outlive a restart, since the
devices' numbers do not: another server's disk may have a number that was a volume's before.
"""
import os
import subprocess
from pathlib import Path


def attach(file: str | Path, link: str | Path) -> None:
    """Makes `link` lead to a loop device over the file."""
    listing = _losetup("-n", "-O", "NAME", "-j", str(file)).split()
    device = listing[0] if listing else _losetup("--find", "--show", str(file)).strip()
    unfinished = f"{link}.new"
    if os.path.lexists(unfinished):
        os.unlink(unfinished)
    os.symlink(device, unfinished)
    os.replace(unfinished, link)


def attach_all(state: Path) -> None:
    """Before servers start again: what was attached when they ended."""
    for link in (state / "cinder" / "devices").iterdir():
        file = state / "cinder" / "volumes" / link.name
        if file.exists():
            attach(file, link)
        else:
            link.unlink()


def mount_of(device: str) -> str | None:
    """Where a server has a device mounted, as a path of this host's; nothing where none has."""
    number = os.stat(device).st_rdev
    wanted = f"{os.major(number)}:{os.minor(number)}"
    for table in Path("/proc").glob("[0-9]*/mountinfo"):
        try:
            lines = table.read_text().splitlines()
        except OSError:  # a process that has just ended
            continue
        for line in lines:
            _, _, of_device, _, place, *_ = line.split(" ")
            if of_device == wanted:
                return f"{table.parent}/root{place}"
    return None


def release_all(root: Path) -> None:
    """Loop devices over any of the lab's files, also those that ended servers leave behind; the links stay."""
    for line in _losetup("-n", "-O", "NAME,BACK-FILE").splitlines():
        device, _, file = line.partition(" ")
        if file.strip().startswith(f"{root}/"):
            subprocess.run(["losetup", "-d", device], capture_output=True)


def _losetup(*arguments: str) -> str:
    return subprocess.run(["losetup", *arguments], check=True, capture_output=True, text=True).stdout
