"""What every service's configuration is written with: addresses, accounts, common settings."""
from dataclasses import dataclass
from pathlib import Path

from .files import Value
from .model import Program, Stage
from .passwords import Passwords
from .paths import Paths

LOOPBACK = "127.0.0.1"
REGION = "RegionOne"
COMPUTE_HOST = "labhost"
PORTS = {
    "keystone": 5000, "glance": 9292, "placement": 8778, "nova": 8774, "neutron": 9696, "cinder": 8776,
    "nova-metadata": 8775, "octavia": 9876, "heat": 8004, "heat-cfn": 8000, "aodh": 8042, "gnocchi": 8041, "barbican": 9311, "swift": 8080,
    "swift-object": 6200, "swift-container": 6201, "swift-account": 6202,
    "prometheus": 19090, "ceilometer-exporter": 19101,
    "mysql": 13306, "rabbitmq": 15673, "rabbitmq-distribution": 35673, "memcached": 21211,
}

# Profile `full`: the floating network (of those that documentation may use), the lab's services in it, and the host's leg.
EDGE, EDGE_PREFIX = "198.51.100.1", 24
HOST_LEG = "198.51.100.2"
EXTERNAL_BRIDGE = "br-ex"
OVS = "unix:/run/openvswitch/db.sock"
OVN_NB = "unix:/run/ovn/ovnnb_db.sock"
OVN_SB = "unix:/run/ovn/ovnsb_db.sock"

Section = dict[str, Value]

# One process each, without heartbeats: a lab has one broker on the same machine.
RABBIT: Section = {"rabbit_quorum_queue": "false", "heartbeat_timeout_threshold": 0, "kombu_reconnect_delay": "0.5"}
LOG: Section = {"debug": "false", "use_stderr": "true", "log_color": "false"}


@dataclass(frozen=True)
class Context:
    paths: Paths
    passwords: Passwords
    # Quotas as they ship, or none at all for scale tests.
    unlimited: bool
    # Whether servers boot and traffic flows (profile `full`), or only the books are kept (profile `api`).
    full: bool

    @property
    def host(self) -> str:
        """Where the APIs are: with servers that boot, where servers can reach them too."""
        return EDGE if self.full else LOOPBACK

    @property
    def auth_url(self) -> str:
        return f"http://{self.host}:{PORTS['keystone']}"

    @property
    def memcached(self) -> str:
        return f"{LOOPBACK}:{PORTS['memcached']}"

    @property
    def rabbit(self) -> str:
        return f"rabbit://lab:{self.passwords['rabbitmq']}@{LOOPBACK}:{PORTS['rabbitmq']}/"

    def database_url(self, name: str) -> str:
        return f"mysql+pymysql://lab:{self.passwords['mysql']}@{LOOPBACK}:{PORTS['mysql']}/{name}?charset=utf8"

    def database(self, name: str) -> Section:
        return {"connection": self.database_url(name), "max_pool_size": 3, "max_overflow": 20}

    @property
    def notifications(self) -> Section:
        return {"driver": "messagingv2", "transport_url": self.rabbit}

    def credentials(self, user: str, **extra: str) -> Section:
        """How one service signs in to another."""
        return {
            "auth_type": "password", "auth_url": self.auth_url, "username": user,
            "password": self.passwords[f"user:{user}"], "project_name": "service", "user_domain_name": "Default",
            "project_domain_name": "Default", "region_name": REGION, **extra,
        }

    def authtoken(self, user: str) -> Section:
        """How a service checks its callers' tokens."""
        return {
            **self.credentials(user), "www_authenticate_uri": self.auth_url, "memcached_servers": self.memcached,
            "service_token_roles": "service", "service_token_roles_required": "true",
        }

    def service_user(self, user: str) -> Section:
        return {**self.credentials(user), "send_service_user_token": "true"}

    def quotas(self, **stock: int) -> Section:
        """The given stock numbers, or -1 for each when the lab was started without limits."""
        return {name: -1 if self.unlimited else number for name, number in stock.items()}

    def uwsgi(
        self, name: str, module: str, port: int, processes: int = 1, lazy: bool = False, **environment: str
    ) -> tuple[Path, str, Program]:
        """
        A WSGI service: the path and text of its uWSGI configuration, and its program.
        @param lazy load the application in each worker: for those whose connections and threads would die in a fork
        """
        path = self.paths.etc / "uwsgi" / f"{name}.ini"
        stage = Stage.IDENTITY if name == "keystone" else Stage.API
        text = UWSGI.format(
            host=self.host, port=port, module=module, venv=self.paths.venv, processes=processes, name=name,
            lazy=str(lazy).lower(),
        )
        return path, text, Program(name, f"{self.paths.bin}/uwsgi --ini {path}", stage, environment)

    def worker(self, name: str, command: str = "", stage: Stage = Stage.WORKER, **environment: str) -> Program:
        return Program(name, f"{self.paths.bin}/{command or name}", stage, environment)


# Chunked uploads (images) need http-chunked-input; `Connection: close` keeps clients from reusing a socket that the
# single-threaded worker has given up.
UWSGI = """[uwsgi]
http-socket = {host}:{port}
module = {module}
home = {venv}
processes = {processes}
threads = 1
master = true
enable-threads = true
lazy-apps = {lazy}
thunder-lock = true
die-on-term = true
need-app = true
buffer-size = 65535
add-header = Connection: close
http-chunked-input = true
wsgi-disable-file-wrapper = true
disable-logging = true
log-4xx = true
log-5xx = true
start-time = %t
reload-mercy = 2
worker-reload-mercy = 2
procname-prefix = {name}:
"""
