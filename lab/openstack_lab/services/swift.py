"""Swift: object storage, one replica in files."""
from ..context import LOOPBACK, PORTS, Context
from ..files import Ini
from ..model import Endpoint, Program, Service, Stage

# What else each server's configuration must name, though nothing of it runs.
DAEMONS = {"account": ["account-reaper"], "container": ["container-updater", "container-sync"], "object": ["object-updater"]}
PLAIN_FILTERS = [
    "catch_errors", "gatekeeper", "healthcheck", "listing_formats", "bulk", "tempurl", "copy", "container-quotas",
    "account-quotas", "slo", "dlo", "symlink",
]
PIPELINE = (
    "catch_errors gatekeeper healthcheck proxy-logging cache listing_formats bulk tempurl authtoken keystoneauth copy "
    "container-quotas account-quotas slo dlo versioned_writes symlink proxy-logging proxy-server"
)


def service(lab: Context) -> Service:
    folder = lab.paths.home / ".swift"
    servers = {folder / f"{kind}-server.conf": _server(lab, kind) for kind in DAEMONS}
    hashing = lab.passwords["swift-hash"]
    swift_conf: Ini = {
        "swift-hash": {"swift_hash_path_suffix": hashing, "swift_hash_path_prefix": hashing},
        "storage-policy:0": {"name": "Policy-0", "default": "yes"},
    }

    def program(kind: str) -> Program:
        command = f"{lab.paths.bin}/python -m openstack_lab.drivers.swift_server {kind} {folder}/{kind}-server.conf -v"
        return Program(f"swift-{kind}", command, Stage.API)

    return Service(
        name="swift",
        files={folder / "swift.conf": swift_conf, folder / "proxy-server.conf": _proxy(lab), **servers},
        programs=[program(kind) for kind in (*DAEMONS, "proxy")],
        ports=[PORTS["swift"], *(PORTS[f"swift-{kind}"] for kind in DAEMONS)],
        folders=[lab.paths.state / "swift" / "devices" / "d1"],
        endpoints=[Endpoint("object-store", "swift", PORTS["swift"], "/v1/AUTH_%(project_id)s")],
    )


def _server(lab: Context, kind: str) -> Ini:
    state = lab.paths.state / "swift"
    return {
        "DEFAULT": {
            "bind_ip": LOOPBACK, "bind_port": PORTS[f"swift-{kind}"], "user": "root",
            "swift_dir": str(lab.paths.home / ".swift"), "devices": str(state / "devices"), "mount_check": "false",
            "workers": 0, "log_address": str(state / "no-syslog"), "fallocate_reserve": 0, "disable_fallocate": "true",
        },
        "pipeline:main": {"pipeline": f"{kind}-server"},
        f"app:{kind}-server": {"use": f"egg:swift#{kind}"},
        f"{kind}-replicator": {},
        f"{kind}-auditor": {},
        **{daemon: {} for daemon in DAEMONS[kind]},
    }


def _proxy(lab: Context) -> Ini:
    token = {key: value for key, value in lab.authtoken("swift").items() if not key.startswith("service_token")}
    return {
        "DEFAULT": {
            "bind_ip": lab.host, "bind_port": PORTS["swift"], "user": "root", "workers": 0,
            "swift_dir": str(lab.paths.home / ".swift"),
        },
        "pipeline:main": {"pipeline": PIPELINE},
        "app:proxy-server": {"use": "egg:swift#proxy", "account_autocreate": "true"},
        "filter:authtoken": {
            "paste.filter_factory": "keystonemiddleware.auth_token:filter_factory", **token,
            "delay_auth_decision": "True", "service_token_roles_required": "True",
            # Without it a token with access rules is refused, whatever they say.
            "service_type": "object-store",
        },
        "filter:keystoneauth": {"use": "egg:swift#keystoneauth", "operator_roles": "admin, member"},
        "filter:cache": {"use": "egg:swift#memcache", "memcache_servers": lab.memcached},
        "filter:proxy-logging": {"use": "egg:swift#proxy_logging"},
        **{f"filter:{name}": {"use": f"egg:swift#{name.replace('-', '_')}"} for name in PLAIN_FILTERS},
        "filter:versioned_writes": {"use": "egg:swift#versioned_writes", "allow_object_versioning": "true"},
    }


def write_rings(lab: Context) -> None:
    """Three rings of one device each, made in one process: swift-ring-builder takes a second a call."""
    from swift.common.ring import RingBuilder

    folder = lab.paths.home / ".swift"
    for kind in DAEMONS:
        ring = folder / f"{kind}.ring.gz"
        if ring.exists():
            continue
        port = PORTS[f"swift-{kind}"]
        builder = RingBuilder(4, 1, 1)
        builder.add_dev({
            "region": 1, "zone": 1, "ip": LOOPBACK, "port": port, "device": "d1", "weight": 1.0, "meta": "",
            "replication_ip": LOOPBACK, "replication_port": port,
        })
        builder.rebalance()
        builder.get_ring().save(str(ring))
