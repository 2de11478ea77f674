"""Open vSwitch, in userspace, and OVN, which programs it."""
from ..context import OVN_NB, OVN_SB, OVS, Context
from ..model import Program, Service, Stage

QUIET = "--no-chdir -vsyslog:off -vconsole:info"


def service(lab: Context) -> Service:
    def database(name: str, run: str, socket: str, control: str) -> Program:
        command = (f"/usr/sbin/ovsdb-server {lab.paths.state}/ovn/{name}.db --remote=punix:/run/{run}/{socket} "
                   f"--unixctl=/run/{run}/{control} --pidfile=/run/{run}/{name}.pid {QUIET}")
        return Program(f"ovn-{name}", command, Stage.INFRASTRUCTURE)

    def daemon(name: str, command: str) -> Program:
        return Program(name, f"{command} {QUIET}", Stage.NETWORK)

    switch = lab.paths.switch
    return Service(
        name="ovn",
        programs=[
            database("vswitch", "openvswitch", "db.sock", "ovsdb-server.ctl"),
            database("northbound", "ovn", "ovnnb_db.sock", "ovnnb_db.ctl"),
            database("southbound", "ovn", "ovnsb_db.sock", "ovnsb_db.ctl"),
            # With the libraries of its own distribution.
            daemon("ovs-vswitchd", f"{switch}/lib/loader --library-path {switch}/lib {switch}/ovs-vswitchd {OVS} --pidfile=/run/openvswitch/ovs-vswitchd.pid --disable-system"),
            daemon("ovn-northd", f"/usr/bin/ovn-northd --ovnnb-db={OVN_NB} --ovnsb-db={OVN_SB} "
                                 "--unixctl=/run/ovn/northd.ctl --pidfile=/run/ovn/northd.pid"),
            daemon("ovn-controller", f"/usr/bin/ovn-controller {OVS} --pidfile=/run/ovn/ovn-controller.pid"),
        ],
        folders=[lab.paths.state / "ovn"],
        has_user=False,
    )
