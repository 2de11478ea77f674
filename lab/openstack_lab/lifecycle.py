"""Starting and stopping the lab."""
import hashlib
import json
import os
import shutil
import subprocess
import threading
from pathlib import Path

from . import certificate, cloud, database, identity, ready
from .dataplane import guests, switch, volumes
from .context import LOOPBACK, PORTS, Context
from .files import ini, write
from .model import Service, Stage
from .progress import fail, say
from .services import services as all_services
from .services.swift import write_rings
from .supervisor import Supervisor, configuration

LONG_PATH = 80  # a UNIX socket's path is 107 bytes at most


class Lab:
    def __init__(self, context: Context) -> None:
        self.context = context
        self.paths = context.paths
        self.services: list[Service] = all_services(context)
        self.supervisor = Supervisor(context)

    @property
    def programs(self):
        return [program for service in self.services for program in service.programs]

    def up(self) -> None:
        """Brings the lab up, from whatever state it is in. Does nothing when it is up with this configuration."""
        if len(str(self.paths.root)) > LONG_PATH:
            fail(f"LAB_HOME {self.paths.root} is too long for sockets: choose one of at most {LONG_PATH} characters")
        texts = self._texts()
        fingerprint = self._fingerprint(texts)
        running = self.supervisor.is_running()
        if running and self._is_whole(fingerprint):
            say("the lab is up")
            return
        if running:
            say("the lab runs incompletely or with another configuration: restarting it")
            self.down()
        self._refuse_taken_ports()
        self._write(texts)
        self._start()
        self._mark("ready", fingerprint)
        say("the lab is up")

    def down(self) -> None:
        """Stops all that `up` started, and keeps the state."""
        self._unmark("ready")
        if not self.supervisor.is_running():
            say("the lab is not running")
            return
        names = [program.name for program in self.programs]
        known = self.supervisor.states()
        infrastructure = {p.name for p in self.programs if p.stage == Stage.INFRASTRUCTURE}
        # What another version of the lab started is stopped as well.
        kept = {"libvirtd", "ovs-vswitchd"} & known.keys()
        self.supervisor.stop([name for name in {*names, *known} if name in known and name not in {*infrastructure, *kept}])
        if self.context.full:
            guests.end_all(self.context)
            volumes.release_all(self.paths.root)
        self.supervisor.stop(sorted(kept))
        self.supervisor.stop([name for name in infrastructure if name in known])
        self.supervisor.shut_down()
        # epmd refuses to end while nodes other than ours are registered, which is as it should be.
        subprocess.run(["epmd", "-kill"], env={**os.environ, "ERL_EPMD_ADDRESS": LOOPBACK}, capture_output=True)
        say("the lab is stopped; its state is kept")

    def wipe(self) -> None:
        self.down()
        self.forget()

    def forget(self) -> None:
        shutil.rmtree(self.paths.root, ignore_errors=True)
        say(f"{self.paths.root} is deleted")

    def _texts(self) -> dict[Path, str]:
        texts = {
            path: content if isinstance(content, str) else ini(content)
            for service in self.services
            for path, content in service.files.items()
        }
        texts[self.paths.etc / "supervisord.conf"] = configuration(self.context, self.programs)
        texts[self.paths.clouds] = json.dumps(identity.clouds(self.context), indent=1)
        return texts

    def _fingerprint(self, texts: dict[Path, str]) -> str:
        digest = hashlib.sha256()
        for path, text in sorted(texts.items()):
            digest.update(f"{path}\0{text}\0".encode())
        package = Path(__file__).parent
        for file in sorted([*package.glob("drivers/**/*.py"), *package.glob("dataplane/*.py")]):
            digest.update(file.read_bytes())
        return digest.hexdigest()

    def _is_whole(self, fingerprint: str) -> bool:
        mark = self.paths.run / "ready"
        all_run = set(self.supervisor.states().values()) == {"RUNNING"}
        return all_run and mark.exists() and mark.read_text() == fingerprint

    def _refuse_taken_ports(self) -> None:
        names = {number: name for name, number in PORTS.items()}
        taken = [number for service in self.services for number in service.ports if ready.is_open(self.context, number)]
        if taken:
            listing = ", ".join(f"{number} ({names.get(number, 'lab')})" for number in taken)
            fail(f"ports that the lab needs are taken: {listing}. See who has them with: "
                 f"ss -ltnp 'sport = :{taken[0]}', and stop that first")

    def _write(self, texts: dict[Path, str]) -> None:
        for folder in (self.paths.log, self.paths.run, *(f for service in self.services for f in service.folders)):
            folder.mkdir(parents=True, exist_ok=True)
        for path, text in texts.items():
            write(path, text)
        for service in self.services:
            for path, text in service.executables.items():
                write(path, text, 0o700)
        if self.paths.images:
            link = self.paths.www / "packages"
            link.unlink(missing_ok=True)
            link.symlink_to(self.paths.images / "packages")
        self.paths.root.chmod(0o700)
        package = Path(__file__).parent
        shutil.rmtree(self.paths.lib, ignore_errors=True)
        ignore = shutil.ignore_patterns("__pycache__")
        shutil.copytree(package, self.paths.lib / package.name, ignore=ignore)
        for info in package.parent.glob("*.dist-info"):
            shutil.copytree(info, self.paths.lib / info.name)
        if self.context.full:
            # The distribution's binding, which PyPI has only as source.
            for module in Path("/usr/lib/python3/dist-packages").glob("libvirt*"):
                (self.paths.lib / module.name).symlink_to(module)
        write_rings(self.context)

    def _environment(self) -> dict[str, str]:
        """For the services' own commands."""
        return {**os.environ, "HOME": str(self.paths.home), "PYTHONPATH": str(self.paths.lib), "PYTHONWARNINGS": "ignore",
                "PATH": f"{self.paths.bin}:/usr/sbin:/usr/bin:/sbin:/bin"}

    def _start(self) -> None:
        say("starting database, broker and cache")
        database.install(self.context)
        self._octavia_certificates()
        if self.context.full:
            switch.make_databases(self.context)
        self.supervisor.launch()
        self._start_stage(Stage.INFRASTRUCTURE)
        if self.context.full:
            switch.configure(self.context)
            self._start_stage(Stage.NETWORK)
            switch.connect()
        if not self._marked("databases"):
            database.prepare(self.context, self.services, self._environment())
            storage = self._command("gnocchi-upgrade")
            identity.bootstrap(self.context, self._environment())
            self._finish(storage, "gnocchi-upgrade")
            self._mark("databases")
        else:
            database.give_up_changes(self.context)
        ready.ports(self.context, [PORTS["rabbitmq"], PORTS["memcached"]])
        say("starting identity and the APIs")
        self._start_stage(Stage.IDENTITY)
        ready.ports(self.context, [PORTS["keystone"]])
        # The APIs take their time to load; meanwhile Keystone gets its content.
        apis = threading.Thread(target=self._start_stage, args=(Stage.API,))
        apis.start()
        people = self._content("identity", identity)
        if not self._marked(people):
            identity.populate(self.context, self.services)
            self._mark(people)
        apis.join()
        say("starting the workers")
        self._start_stage(Stage.WORKER)
        ready.ports(self.context, [port for service in self.services for port in service.ports])
        if self.context.full:
            volumes.attach_all(self.paths.state)
            guests.make_room()
        self._start_stage(Stage.COMPUTE)
        offer = self._content("cloud", cloud, certificate)
        if not self._marked(offer):
            resource_types = self._command("ceilometer-upgrade")
            cloud.populate(self.context)
            certificate.offer(self.context)
            self._finish(resource_types, "ceilometer-upgrade")
            self._mark(offer)
        self._start_stage(Stage.TELEMETRY)
        say("waiting for the workers to report")
        ready.workers(self.context)

    @staticmethod
    def _content(name: str, *modules) -> str:
        """The mark of what these modules fill the lab with: what another version of them did is added to."""
        sources = b"".join(Path(module.__file__).read_bytes() for module in modules)
        return f"{name}-{hashlib.sha256(sources).hexdigest()[:12]}"

    def _start_stage(self, stage: Stage) -> None:
        self.supervisor.start([program.name for program in self.programs if program.stage == stage])

    def _command(self, name: str) -> subprocess.Popen:
        log = (self.paths.log / f"{name}.log").open("ab")
        return subprocess.Popen([self.paths.bin / name], env=self._environment(), stdout=log, stderr=log)

    def _finish(self, process: subprocess.Popen, name: str) -> None:
        if process.wait() != 0:
            fail(f"{name} failed; {self.paths.log / name}.log says why. Run the same command again when it is mended")

    def _octavia_certificates(self) -> None:
        """Octavia reads its certificates at start, though in profile `api` no amphora ever sees them."""
        folder = self.paths.state / "octavia"
        if (folder / "client.pem").exists():
            return
        secret = {**os.environ, "PASSPHRASE": self.context.passwords["octavia-ca"]}
        request = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-days", "3650"]
        authority = [*request, "-passout", "env:PASSPHRASE", "-subj", "/CN=lab-ca",
                     "-keyout", folder / "ca.key", "-out", folder / "ca.pem"]
        client = [*request, "-nodes", "-subj", "/CN=lab-client",
                  "-keyout", folder / "client.key", "-out", folder / "client.crt"]
        for command in (authority, client):
            subprocess.run(command, env=secret, check=True, capture_output=True)
        write(folder / "client.pem", (folder / "client.crt").read_text() + (folder / "client.key").read_text())

    def _mark(self, name: str, text: str = "") -> None:
        write((self.paths.run if name == "ready" else self.paths.state) / name, text)

    def _unmark(self, name: str) -> None:
        (self.paths.run / name).unlink(missing_ok=True)

    def _marked(self, name: str) -> bool:
        return (self.paths.state / name).exists()


