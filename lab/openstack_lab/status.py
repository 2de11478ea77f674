"""What runs, and what it takes."""
from pathlib import Path

from .lifecycle import Lab


def status(lab: Lab) -> int:
    """Prints a line a program. Returns 0 when all of them run, else 1."""
    if not lab.supervisor.is_running():
        print("the lab is not running; start it with: npm run lab -- up")
        return 1
    states = lab.supervisor.states()
    for name, state in sorted(states.items()):
        print(f"{name:26} {state}")
    memory = sum(_proportional_kb(pid) for pid in _tree(lab.supervisor.pid()))
    ready = (lab.paths.run / "ready").exists()
    print(f"{len(states)} programs, {memory / 1024 / 1024:.1f} GB of memory, {'ready' if ready else 'not ready'}")
    return 0 if ready and set(states.values()) == {"RUNNING"} else 1


def _tree(root: int) -> list[int]:
    """A process and all that descend from it."""
    found = [root]
    for task in Path(f"/proc/{root}/task").glob("*/children"):
        try:
            found += [pid for child in task.read_text().split() for pid in _tree(int(child))]
        except OSError:
            continue  # it ended meanwhile
    return found


def _proportional_kb(pid: int) -> int:
    """Memory of a process, with shared pages divided among those that share them."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)
