"""
The lab's own network and mount namespaces. All programs of profile `full` live in them; the host has one leg in the
floating network, and nothing is routed any further.
"""
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

from ..context import EDGE, EDGE_PREFIX, HOST_LEG
from ..paths import Paths
from ..progress import fail

NETWORK = "ecommerce-lab"
UPLINK = "uplink"  # the leg's other end, inside
INSIDE = "LAB_INSIDE"
HOLDER = "holder"  # of the names below: whose lab it is


def is_inside() -> bool:
    return INSIDE in os.environ


def run_inside(paths: Paths, arguments: list[str]) -> int:
    """Runs this program again inside; makes the namespaces where there are none."""
    command = [sys.executable, "-W", "ignore", "-m", "openstack_lab", *arguments]
    environment = {**os.environ, INSIDE: "1"}
    pid = supervisor_pid(paths)
    if pid:
        entry = ["nsenter", "-m", "-n", "-t", str(pid), "--wd=/"]
        return subprocess.run([*entry, *command], env=environment).returncode
    _prepare(paths)
    init = Path(__file__).parents[2] / "namespaces.sh"
    # Not `ip netns exec`, which would mount /sys anew and without the control groups.
    entry = ["nsenter", f"--net=/run/netns/{NETWORK}", "unshare", "-m", "--propagation", "private"]
    environment |= {"LAB_ROOT": str(paths.root), "LAB_EDGE": EDGE}
    return subprocess.run([*entry, str(init), *command], env=environment).returncode


def supervisor_pid(paths: Paths) -> int | None:
    """Of the running lab, which keeps the namespaces alive."""
    file = paths.run / "supervisord.pid"
    if not file.exists():
        return None
    pid = int(file.read_text())
    try:
        running = b"supervisord" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        running = False
    return pid if running else None


def _prepare(paths: Paths) -> None:
    holder = Path("/run") / f"{NETWORK}.{HOLDER}"
    owner = holder.read_text() if holder.exists() else None
    if owner not in (None, str(paths.root)) and not supervisor_pid(replace(paths, root=Path(owner))):
        remove()  # of a lab that was killed
    if Path(f"/run/netns/{NETWORK}").exists():
        if owner != str(paths.root):
            fail(f"the network namespace {NETWORK} belongs to {owner or 'something else'}: a machine has room for one lab of "
                 f"profile full. Stop that one, or remove it with: ip netns delete {NETWORK}")
    else:
        _run("ip", "netns", "add", NETWORK)
        holder.write_text(str(paths.root))
    if not Path(f"/sys/class/net/{NETWORK}").exists():
        _run("ip", "link", "add", NETWORK, "type", "veth", "peer", "name", UPLINK, "netns", NETWORK)
    _run("ip", "address", "replace", f"{HOST_LEG}/{EDGE_PREFIX}", "dev", NETWORK)
    _run("ip", "link", "set", NETWORK, "up")
    without_offload(NETWORK)


def without_offload(interface: str) -> None:
    """The switch reads packets as they lie in memory: checksums must be in them, and sizes as on the wire."""
    _run("ethtool", "-K", interface, "tx", "off", "gso", "off", "tso", "off", "gro", "off")


def remove() -> None:
    """Takes away what `run_inside` made; the leg goes with its other end."""
    subprocess.run(["ip", "netns", "delete", NETWORK], capture_output=True)
    subprocess.run(["ip", "link", "delete", NETWORK], capture_output=True)
    (Path("/run") / f"{NETWORK}.{HOLDER}").unlink(missing_ok=True)
    for folder in Path("/sys/fs/cgroup").glob("*/machine"):
        for group in sorted(folder.glob("**/"), key=lambda path: len(path.parts), reverse=True):
            try:
                group.rmdir()
            except OSError:
                pass  # somebody else's


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        fail(f"`{' '.join(command)}` failed: {done.stderr.strip()}. Profile full needs it; LAB_PROFILE=api does without")
