"""What stands beside the cloud in its floating network: a resolver that answers at once, and a mirror of packages."""
from ..context import EDGE, Context
from ..model import Program, Service, Stage


def service(lab: Context) -> Service:
    # Knows nothing, and says so: a resolver that keeps silent costs every boot half a minute.
    resolver = (
        "/usr/sbin/dnsmasq --keep-in-foreground --conf-file=/dev/null --no-resolv --no-hosts --bind-interfaces "
        f"--listen-address={EDGE} --except-interface=lo --local=/#/ --pid-file={lab.paths.run}/dnsmasq.pid --user=root "
        "--log-facility=-"
    )
    www = lab.paths.www
    mirror = f"/usr/bin/python3 -m http.server 80 --bind {EDGE} --directory {www}"
    return Service(
        name="edge",
        programs=[Program("resolver", resolver, Stage.IDENTITY), Program("mirror", mirror, Stage.IDENTITY)],
        folders=[www],
        has_user=False,
    )
