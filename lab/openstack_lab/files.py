"""Writing configuration: private files, unchanged files left alone."""
from pathlib import Path
from typing import Mapping, Union

Value = Union[str, int, list[str]]
Ini = Mapping[str, Mapping[str, Value]]


def ini(sections: Ini) -> str:
    """An INI document; a list becomes one line an entry."""
    lines: list[str] = []
    for section, settings in sections.items():
        lines.append(f"[{section}]")
        for key, value in settings.items():
            lines += [f"{key} = {one}" for one in (value if isinstance(value, list) else [value])]
        lines.append("")
    return "\n".join(lines)


def write(path: Path, text: str, mode: int = 0o600) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists() or path.read_text() != text:
        path.touch(mode=mode)
        path.write_text(text)
    path.chmod(mode)
