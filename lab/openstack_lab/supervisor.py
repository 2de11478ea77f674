"""supervisord: its configuration, and starting and stopping many programs at once (supervisorctl goes one by one)."""
import subprocess
import time
import xmlrpc.client
from typing import Iterable, Sequence

from supervisor.xmlrpc import SupervisorTransport

from .context import Context
from .files import ini
from .model import Program
from .progress import fail

START_SECONDS = 90
STOP_SECONDS = 60


def configuration(lab: Context, programs: Iterable[Program]) -> str:
    paths = lab.paths
    environment = {
        "HOME": paths.home, "PATH": f"{paths.shims}:{paths.bin}:/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8",
        "PYTHONPATH": paths.lib, "PYTHONUNBUFFERED": 1, "PYTHONWARNINGS": "ignore",
        "OS_NEUTRON_CONFIG_FILES": "neutron.conf;ml2_conf.ini", "no_proxy": "127.0.0.1,localhost",
        **{f"OS_{name.upper()}_CONFIG_DIR": paths.home / f".{name}"
           for name in ("keystone", "glance", "placement", "nova", "neutron")},
    }
    return ini({
        "unix_http_server": {"file": str(paths.run / "supervisor.sock"), "chmod": "0700"},
        "supervisord": {
            "logfile": str(paths.log / "supervisord.log"), "pidfile": str(paths.run / "supervisord.pid"),
            "childlogdir": str(paths.log), "minfds": 4096, "environment": _assignments(environment),
            # Not the checkout, which may be gone while the lab runs on: programs would then start no more.
            "directory": str(paths.root),
        },
        "rpcinterface:supervisor": {
            "supervisor.rpcinterface_factory": "supervisor.rpcinterface:make_main_rpcinterface",
        },
        **{f"program:{program.name}": _section(lab, program) for program in programs},
    })


def _section(lab: Context, program: Program) -> dict[str, str | int]:
    section: dict[str, str | int] = {
        "command": program.command, "autostart": "false", "autorestart": "true", "startsecs": 1, "startretries": 5,
        "stopwaitsecs": program.stop_seconds, "stopsignal": program.stop_signal,
        # MariaDB flushes by itself; everything else may have children that a lone signal would orphan.
        "stopasgroup": str(program.owns_children and program.name != "mysql").lower(),
        "killasgroup": str(program.owns_children).lower(),
        "redirect_stderr": "true", "stdout_logfile": str(lab.paths.log / f"{program.name}.log"),
        "stdout_logfile_maxbytes": "20MB", "stdout_logfile_backups": 1,
    }
    return {**section, "environment": _assignments(program.environment)} if program.environment else section


def _assignments(environment: dict[str, object] | object) -> str:
    # A percent sign would start an expansion of supervisord's own.
    return ",".join(f'{key}="{str(value).replace("%", "%%")}"' for key, value in dict(environment).items())


class Supervisor:
    def __init__(self, lab: Context) -> None:
        self._lab = lab

    @property
    def _rpc(self):
        """A fresh connection each time: one that was refused once stays unusable."""
        transport = SupervisorTransport(None, None, f"unix://{self._lab.paths.run / 'supervisor.sock'}")
        return xmlrpc.client.ServerProxy("http://127.0.0.1", transport=transport).supervisor

    def is_running(self) -> bool:
        try:
            return bool(self._rpc.getPID())
        except (OSError, xmlrpc.client.Fault):
            return False

    def launch(self) -> None:
        """Starts supervisord in the background, in a session of its own; no program starts by itself."""
        config = self._lab.paths.etc / "supervisord.conf"
        subprocess.run([self._lab.paths.bin / "supervisord", "-c", config], check=True, start_new_session=True)
        deadline = time.monotonic() + 10
        while not self.is_running():
            if time.monotonic() > deadline:
                fail(f"supervisord does not answer; see {self._lab.paths.log / 'supervisord.log'}")
            time.sleep(0.1)

    def states(self) -> dict[str, str]:
        return {process["name"]: process["statename"] for process in self._rpc.getAllProcessInfo()}

    def pid(self) -> int:
        return self._rpc.getPID()

    def start(self, names: Sequence[str]) -> None:
        """Starts programs side by side and waits until each has stayed up for a second."""
        self._request(self._rpc.startProcess, names, "ALREADY_STARTED")
        late = self._wait(names, {"RUNNING"}, START_SECONDS)
        if late:
            logs = " ".join(str(self._lab.paths.log / f"{name}.log") for name in late)
            fail(f"these programs do not stay up: {', '.join(late)}. Their logs say why: tail {logs}")

    def stop(self, names: Sequence[str]) -> None:
        self._request(self._rpc.stopProcess, names, "NOT_RUNNING")
        late = self._wait(names, {"STOPPED", "EXITED", "FATAL"}, STOP_SECONDS)
        if late:
            fail(f"these programs do not stop: {', '.join(late)}. Try again; supervisord (pid {self.pid()}) holds them")

    def shut_down(self) -> None:
        """Ends supervisord, and waits until it is gone."""
        self._rpc.shutdown()
        deadline = time.monotonic() + STOP_SECONDS
        while self.is_running() and time.monotonic() < deadline:
            time.sleep(0.1)

    @staticmethod
    def _request(call, names: Sequence[str], harmless: str) -> None:
        for name in names:
            try:
                call(name, False)
            except xmlrpc.client.Fault as fault:
                if harmless not in fault.faultString:
                    raise

    def _wait(self, names: Sequence[str], wanted: set[str], seconds: float) -> list[str]:
        """The programs that are in none of the wanted states when the time is over, or that have failed for good."""
        deadline = time.monotonic() + seconds
        while True:
            states = self.states()
            late = [name for name in names if states.get(name) not in wanted]
            failed = [name for name in late if states.get(name) == "FATAL"]
            if not late or failed or time.monotonic() > deadline:
                return failed or late
            time.sleep(0.1)
