"""python -m openstack_lab COMMAND: what `npm run lab --` calls."""
import argparse
import json
import os
import subprocess
import sys
from pathlib import Path

from .context import Context
from .dataplane import guests, namespaces
from .lifecycle import Lab
from .passwords import Passwords
from .paths import Paths
from .progress import LabError

PROFILES = ("api", "full")
# What must run among the data plane's own devices and paths, in profile full.
INSIDE = ("up", "down", "wipe", "guest")


def variables(lab: Context) -> dict[str, str]:
    """What makes the `openstack` client and the provider find the lab."""
    paths = lab.paths
    common = {"LAB_BIN": str(paths.bin), "LAB_HOME": str(paths.root), "OS_CLIENT_CONFIG_FILE": str(paths.clouds), "OS_CLOUD": "lab"}
    mirror = {"LAB_WWW": str(paths.www), "LAB_WWW_URL": f"http://{lab.host}", "LAB_IMAGES": str(paths.images)}
    return {"LAB_PROFILE": "full", **common, **mirror} if lab.full else {"LAB_PROFILE": "api", **common}


def lab_here() -> Lab:
    profile = os.environ.get("LAB_PROFILE", "api")
    if profile not in PROFILES:
        raise LabError(f'LAB_PROFILE is "{profile}"; it must be one of {", ".join(PROFILES)}')
    quotas = os.environ.get("LAB_QUOTAS", "stock")
    if quotas not in ("stock", "large"):
        raise LabError(f'LAB_QUOTAS is "{quotas}"; it must be "stock" or "large"')
    full = profile == "full"
    paths = Paths.here(full)
    return Lab(Context(paths, Passwords(paths.root / "passwords.json"), quotas == "large", full))


def logs(paths: Paths, service: str | None) -> int:
    files = sorted(paths.log.glob(f"{service or '*'}.log"))
    if not files:
        known = ", ".join(sorted(file.stem for file in paths.log.glob("*.log"))) or "none yet"
        raise LabError(f"there is no log of {service or 'anything'}; there are: {known}")
    return subprocess.run(["tail", "-n", "50", *(["-F"] if service and sys.stdout.isatty() else []), *files]).returncode


def outside(lab: Lab, command: str) -> int:
    """Profile full, from the host: the command itself runs inside."""
    runs = namespaces.supervisor_pid(lab.paths) is not None
    if not runs and command == "guest":
        raise LabError("the lab is not running; start it with: LAB_PROFILE=full npm run lab -- up")
    code = namespaces.run_inside(lab.paths, sys.argv[1:]) if runs or command == "up" else 0
    if code == 0 and command in ("down", "wipe"):
        namespaces.remove()
    if not runs and command == "wipe":
        lab.forget()
    return code


def main() -> int:
    parser = argparse.ArgumentParser(prog="npm run lab --", description="the embedded OpenStack")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    commands.add_parser("up", help="start it; does nothing when it runs")
    commands.add_parser("down", help="stop it and keep its state")
    empty = commands.add_parser("reset", help="empty the cloud through its APIs")
    empty.add_argument("cloud", nargs="?", help="an entry of clouds.yaml; none: both ordinary projects")
    commands.add_parser("status", help="what runs, and how much memory it takes")
    commands.add_parser("logs", help="the last lines of one service's log, or of all").add_argument("service", nargs="?")
    commands.add_parser("stop", help="stop one service, to see what its absence does").add_argument("service")
    commands.add_parser("start", help="start one service again").add_argument("service")
    health = commands.add_parser("member", help="say what a balancer's health monitor finds of a pool member")
    health.add_argument("id")
    health.add_argument("status", choices=("ONLINE", "ERROR"))
    commands.add_parser("env", help="the variables that make openstack and pulumi find it, as JSON")
    image = commands.add_parser("image", help="offer a raw image to everybody in the cloud")
    image.add_argument("name")
    image.add_argument("file", type=Path)
    guest = commands.add_parser("guest", help="run a command as root of a server, profile full only")
    guest.add_argument("name", help="the server's name or id")
    guest.add_argument("program", nargs=argparse.REMAINDER, help="default: a shell")
    commands.add_parser("wipe", help="stop it and delete its state")
    arguments = parser.parse_args()
    lab = lab_here()
    if lab.context.full and arguments.command in INSIDE and not namespaces.is_inside():
        return outside(lab, arguments.command)
    match arguments.command:
        case "up":
            lab.up()
        case "down":
            lab.down()
        case "wipe":
            lab.wipe()
        case "reset":
            if not lab.supervisor.is_running():
                raise LabError("the lab is not running; start it with: npm run lab -- up")
            from .reset import CLOUDS, reset

            if arguments.cloud not in (None, *CLOUDS):
                raise LabError(f'"{arguments.cloud}" cannot be emptied; there are {" and ".join(CLOUDS)}')
            reset(lab.context, (arguments.cloud,) if arguments.cloud else CLOUDS)
        case "stop":
            lab.supervisor.stop([arguments.service])
        case "start":
            lab.supervisor.start([arguments.service])
        case "member":
            from .member_health import report

            report(lab.context, arguments.id, arguments.status)
        case "image":
            from . import images

            print(images.offer(lab.context, arguments.name, arguments.file))
        case "guest":
            if not lab.context.full:
                raise LabError("in profile api no server boots, so there is nothing to run a command in")
            return guests.enter(arguments.name, arguments.program or ["bash", "-l"])
        case "status":
            from .status import status

            return status(lab)
        case "logs":
            return logs(lab.paths, arguments.service)
        case "env":
            print(json.dumps(variables(lab.context)))
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except LabError as error:
        print(f"lab: {error}", file=sys.stderr)
        sys.exit(1)
