"""libvirt, for its containers: there is no KVM in most virtual machines."""
from ..context import Context
from ..model import Program, Service, Stage


def service(lab: Context) -> Service:
    folder = lab.paths.etc / "libvirt"
    daemon = '\n'.join(['auth_unix_rw = "none"', 'auth_unix_ro = "none"', 'unix_sock_group = "root"',
                        'log_outputs = "3:stderr"', ''])
    program = Program(
        "libvirtd", f"/usr/sbin/libvirtd -f {folder}/libvirtd.conf -p {lab.paths.run}/libvirtd.pid", Stage.NETWORK,
        # Servers outlive it.
        owns_children=False,
    )
    consoles = Program("consoles", f"{lab.paths.bin}/python -m openstack_lab.dataplane.consoles", Stage.NETWORK)
    return Service(
        name="libvirt", files={folder / "libvirtd.conf": daemon}, programs=[program, consoles], folders=[folder],
        has_user=False,
    )
