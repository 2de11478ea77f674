"""memcached: the cache of tokens that makes every call faster."""
from ..context import LOOPBACK, PORTS, Context
from ..model import Program, Service, Stage


def service(_: Context) -> Service:
    command = f"/usr/bin/memcached -u root -m 64 -l {LOOPBACK} -p {PORTS['memcached']}"
    return Service(
        name="memcached",
        programs=[Program("memcached", command, Stage.INFRASTRUCTURE)],
        ports=[PORTS["memcached"]],
        has_user=False,
    )
