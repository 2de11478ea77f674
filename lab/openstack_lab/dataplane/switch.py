"""Open vSwitch and OVN: their databases, the bridges, and the lab's address in the floating network."""
import subprocess
import time
from pathlib import Path

from ..context import COMPUTE_HOST, EDGE, EDGE_PREFIX, EXTERNAL_BRIDGE, OVS, OVN_SB, Context
from ..progress import fail
from .namespaces import UPLINK, without_offload

SCHEMAS = {
    "northbound": "/usr/share/ovn/ovn-nb.ovsschema",
    "southbound": "/usr/share/ovn/ovn-sb.ovsschema",
}
SECONDS = 20


def make_databases(lab: Context) -> None:
    folder = lab.paths.state / "ovn"
    folder.mkdir(parents=True, exist_ok=True)
    for name, schema in {"vswitch": f"{lab.paths.switch}/vswitch.ovsschema", **SCHEMAS}.items():
        file = folder / f"{name}.db"
        if not file.exists():
            subprocess.run(["ovsdb-tool", "create", file, schema], check=True)


def configure(lab: Context) -> None:
    """When the databases answer, and before the switch itself starts."""
    for socket in ("openvswitch/db.sock", "ovn/ovnnb_db.sock", "ovn/ovnsb_db.sock"):
        _until(Path("/run", socket).exists, f"/run/{socket}")
    _vsctl("init")
    _vsctl(
        "set", "open", ".", f"external_ids:system-id={lab.passwords.uuid('chassis')}",
        f"external_ids:hostname={COMPUTE_HOST}", f"external_ids:ovn-remote={OVN_SB}",
        "external_ids:ovn-encap-type=geneve", "external_ids:ovn-encap-ip=127.0.0.1",
        "external_ids:ovn-bridge-datapath-type=netdev",
        f"external_ids:ovn-bridge-mappings=public:{EXTERNAL_BRIDGE}", "external_ids:ovn-cms-options=enable-chassis-as-gw",
    )
    # The userspace datapath needs no module of the kernel's.
    _vsctl("--may-exist", "add-br", "br-int", "--", "set", "bridge", "br-int", "datapath_type=netdev",
           "fail_mode=secure", "other-config:disable-in-band=true")
    _vsctl("--may-exist", "add-br", EXTERNAL_BRIDGE, "--", "set", "bridge", EXTERNAL_BRIDGE, "datapath_type=netdev")
    _vsctl("--may-exist", "add-port", EXTERNAL_BRIDGE, UPLINK)
    for control in ("ovn-nbctl", "ovn-sbctl"):
        subprocess.run([control, "init"], check=True)


def connect() -> None:
    """When the switch runs: the lab's services get their place in the floating network."""
    _until(Path("/sys/class/net", EXTERNAL_BRIDGE).exists, EXTERNAL_BRIDGE)
    for command in (("address", "replace", f"{EDGE}/{EDGE_PREFIX}", "dev", EXTERNAL_BRIDGE),
                    ("link", "set", EXTERNAL_BRIDGE, "up"), ("link", "set", UPLINK, "up")):
        subprocess.run(["ip", *command], check=True)
    without_offload(UPLINK)


def _vsctl(*arguments: str) -> None:
    subprocess.run(["ovs-vsctl", f"--db={OVS}", "--no-wait", *arguments], check=True)


def _until(is_there, what: str) -> None:
    deadline = time.monotonic() + SECONDS
    while not is_there():
        if time.monotonic() > deadline:
            fail(f"{what} has not come up; the lab's logs of ovs and ovn say why: npm run lab -- logs")
        time.sleep(0.1)
