"""Which base and which pieces of logs reach a time: decided by names alone, nothing is read here."""
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from console import Refused
from names import Base, Piece, number, parse, readable


@dataclass(frozen=True)
class Plan:
    base: Base
    pieces: tuple[Piece, ...]  # in order; within a file they may overlap
    reach: int  # time of the newest event


class Holdings:
    """What a container has, by timelines."""

    def __init__(self, names: Iterable[str]) -> None:
        self.bases: list[Base] = []
        self.logs: dict[str, dict[int, list[Piece]]] = defaultdict(lambda: defaultdict(list))
        for found in map(parse, names):
            if isinstance(found, Base):
                self.bases.append(found)
            elif found:
                self.logs[found.timeline][number(found.file)].append(found)
        self.bases.sort(key=lambda base: base.at)

    def chain(self, base: Base, until: int | None = None) -> Plan:
        """All pieces that follow the base without a gap. @param until a time that is enough"""
        pieces: list[Piece] = []
        reach = base.at
        current = number(base.file)
        while True:
            of_file, is_whole = _cover(self.logs[base.timeline].get(current, []))
            # The base's own file, from its beginning to behind the base's position.
            if current == number(base.file) and (not of_file or of_file[-1].end < base.position):
                return Plan(base, (), reach)
            for piece in of_file:
                pieces.append(piece)
                reach = max(reach, piece.time)
                if until is not None and piece.end > (base.position if piece.file == base.file else 0) and reach >= until:
                    return Plan(base, tuple(pieces), reach)
            if not is_whole:
                return Plan(base, tuple(pieces), reach)
            current += 1

    def reaching(self, at: int, timeline: str | None = None) -> Plan:
        """@returns by the newest base that leads there @throws Refused when none does"""
        for base in reversed(self.bases):
            if base.at < at and timeline in (None, base.timeline):
                plan = self.chain(base, at)
                if plan.reach >= at:
                    return plan
        raise Refused(f"{readable(at)} cannot be restored: {self.spans()}; nothing was changed")

    def spans(self) -> str:
        """The times that can be restored, in words."""
        spans: list[list[int]] = []
        for base in self.bases:
            reach = self.chain(base).reach
            if reach <= base.at:
                continue
            if spans and base.at <= spans[-1][1]:
                spans[-1][1] = max(spans[-1][1], reach)
            else:
                spans.append([base.at + 1, reach])
        if not spans:
            return "the container has no complete base with logs that follow it"
        return "reachable is " + " and ".join(f"{readable(first)} to {readable(last)}" for first, last in spans)


def _cover(pieces: list[Piece]) -> tuple[list[Piece], bool]:
    """@returns pieces from the file's beginning without a gap, and whether they are all of it"""
    wholes = [piece for piece in pieces if piece.is_whole]
    if wholes:
        return [max(wholes, key=lambda piece: piece.end)], True
    found: list[Piece] = []
    end = 0
    while True:
        # One that was put before a crash may overlap with those from after it.
        following = [piece for piece in pieces if piece.start <= end < piece.end]
        if not following:
            return found, False
        found.append(max(following, key=lambda piece: piece.end))
        end = found[-1].end
