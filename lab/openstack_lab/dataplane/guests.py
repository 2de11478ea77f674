"""The servers of profile `full`, which are containers of libvirt's: entering one, and ending what is left of them."""
import os
import signal
import subprocess
import xml.etree.ElementTree as ElementTree
from pathlib import Path

from ..context import Context
from ..progress import LabError, say

URI = "lxc:///"
NAME = "{http://openstack.org/xmlns/libvirt/nova/1.1}name"


# Each systemd takes half a dozen of these, and all containers share what root may have: 128 are gone with twenty servers.
WATCHERS = Path("/proc/sys/fs/inotify/max_user_instances")
ENOUGH_WATCHERS = 4096


def make_room() -> None:
    """Never takes away; a machine that does not let us have more runs fewer servers."""
    if int(WATCHERS.read_text()) >= ENOUGH_WATCHERS:
        return
    try:
        WATCHERS.write_text(f"{ENOUGH_WATCHERS}\n")
    except OSError as error:
        say(f"about twenty servers can run at a time, since {WATCHERS} cannot be raised: {error.strerror}")


def _virsh(*arguments: str) -> str:
    return subprocess.run(["virsh", "-q", "-c", URI, *arguments], check=True, capture_output=True, text=True).stdout


def _domains() -> list[str]:
    return _virsh("list", "--name").split()


def enter(name: str, command: list[str]) -> int:
    """Runs a command as root of the server of that name (or id). Needs no network, as a console would not."""
    for domain in _domains():
        description = ElementTree.fromstring(_virsh("dumpxml", domain))
        if name not in (description.findtext("uuid"), next((node.text for node in description.iter(NAME)), None)):
            continue
        init = _children(Path(f"/run/libvirt/lxc/{domain}.pid").read_text().strip())[0]
        entry = ["nsenter", "-t", init, "-m", "-u", "-i", "-n", "-p", "-r", "-w"]
        clean = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8", "HOME": "/root"}
        return subprocess.run([*entry, *command], env=clean).returncode
    raise LabError(f"no server of the name or id {name} runs here")


def _children(pid: str) -> list[str]:
    try:
        return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return []  # it ended meanwhile


def end_all(lab: Context) -> None:
    """Nova starts them again at the next `up`: to it they still run."""
    for controller in Path("/run/libvirt/lxc").glob("*.pid"):
        # The first process of a container: the kernel ends all others with it, whether libvirt runs or not.
        for init in _children(controller.read_text().strip()):
            os.kill(int(init), signal.SIGKILL)
    _end_metadata_proxies(lab)
    for name in os.listdir("/run/netns"):
        subprocess.run(["ip", "netns", "delete", name], capture_output=True)


def _end_metadata_proxies(lab: Context) -> None:
    """The metadata agent's HAProxies outlive it, by design."""
    for file in (lab.paths.state / "neutron" / "external" / "pids").glob("**/*.pid*"):
        try:
            pid = int(file.read_text())
            if b"haproxy" in Path(f"/proc/{pid}/cmdline").read_bytes():
                os.kill(pid, signal.SIGTERM)
        except (OSError, ValueError):
            pass
        file.unlink(missing_ok=True)
