"""
Reads what servers write to their consoles into the files where Nova looks for it. A console that nobody reads fills up, and
then stops whatever writes to it, the server's first process included.
"""
import os
import selectors
import xml.etree.ElementTree as ElementTree
from pathlib import Path

DOMAINS = Path("/run/libvirt/lxc")
SECONDS = 1


def _console(description: Path) -> tuple[str, str] | None:
    """The terminal on the host and the log of a running domain, by libvirt's own record of it."""
    try:
        console = ElementTree.parse(description).find(".//console")
        return console.find("source").attrib["path"], console.find("log").attrib["file"]
    except (AttributeError, KeyError, OSError, ElementTree.ParseError):
        return None  # it is being written, or is gone again


def _consoles() -> dict[str, tuple[str, str]]:
    """By terminal: that of the newest domain, where the one that had it before is not quite gone."""
    known = []
    for description in DOMAINS.glob("*.xml"):
        try:
            known.append((description.stat().st_mtime_ns, _console(description)))
        except FileNotFoundError:
            continue
    known.sort(key=lambda found: found[0])
    return {console[0]: console for _, console in known if console}


def main() -> None:
    selector = selectors.DefaultSelector()
    while True:
        consoles = _consoles()
        for key in list(selector.get_map().values()):
            console = consoles.pop(key.data[0], key.data)
            if console != key.data:
                selector.modify(key.fd, selectors.EVENT_READ, console)
        for console in consoles.values():
            try:
                terminal = os.open(console[0], os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY)
            except OSError:
                continue
            selector.register(terminal, selectors.EVENT_READ, console)
        for key, _ in selector.select(SECONDS):
            try:
                text = os.read(key.fd, 65536)
            except OSError:
                text = b""
            if not text:
                selector.unregister(key.fd)
                os.close(key.fd)
                continue
            with open(key.data[1], "ab") as log:
                log.write(text)


if __name__ == "__main__":
    main()
