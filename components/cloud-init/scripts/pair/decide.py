"""Who of the two begins: decided by what both say. Only one that does not run is asked how far its data is, so the two
never come to different ends."""
from dataclasses import dataclass

from position import Position


@dataclass(frozen=True)
class Told:
    """What the other one says of itself."""

    # `primary`: it serves, or could. `running`: it runs, and has lost the majority. `starting`, or `waiting` as this one does.
    phase: str
    position: Position


@dataclass(frozen=True)
class Verdict:
    # `join`, `begin` or `wait`
    what: str
    why: str
    # A person has chosen, and what the other volume has may be neither more nor less of the same.
    is_new_history: bool = False


def decide(number: int, own_name: str, own: Position, peer_name: str, peer: Told | None, chosen: str | None) -> Verdict:
    """@param chosen the server and the position that a person has named to go on from; both servers are told of it"""
    if peer and peer.phase == "primary":
        return Verdict("join", f"{peer_name} serves")
    if peer and peer.phase != "waiting":
        return Verdict("wait", f"{peer_name} is {peer.phase}")
    known = _compared(number, own, peer_name, peer.position) if peer else None
    if known:
        return known
    if not has_data(own):
        return Verdict("wait", f"the volume of this server is {own}, and {peer_name} does not serve; what to do, that one says on its console")
    mark = f"{own_name}/{own}"
    if chosen == mark:
        return Verdict("begin", f"a person has chosen {mark}", is_new_history=True)
    if peer is None:
        why = f"{peer_name} does not answer, and may have later data. Start it"
    elif has_data(peer.position):
        why = f"this server has {own}, {peer_name} has {peer.position}, and nobody knows which is later"
    else:
        why = f"the volume of {peer_name} is {peer.position}, and the one that it had may have later data. Give that one back to it"
    return Verdict("wait", f"{why}. Or go on from this server's data, and lose what only the other one had: database.goOnFrom: {mark}")


def has_data(position: Position) -> bool:
    return position.kind in ("paired", "alone")


def _compared(number: int, own: Position, peer_name: str, peer: Position) -> Verdict | None:
    """@returns nothing where a person must decide"""
    if own.kind == peer.kind == "paired" and own.history == peer.history:
        if own.transaction == peer.transaction:
            return _first(number == 1, f"both have all data, {own}", peer_name)
        later = f"this server is at {own.transaction}, {peer_name} at {peer.transaction}"
        return _first(own.transaction > peer.transaction, later, peer_name)
    if own.kind == peer.kind == "blank":
        return _first(number == 1, "both volumes are new", peer_name)
    # Data from before the pair: the server beside it never had more.
    if "alone" in (own.kind, peer.kind) and not (has_data(own) and has_data(peer)):
        return _first(own.kind == "alone", "one volume has the data of a single server, the other one none", peer_name)
    return None


def _first(is_own: bool, why: str, peer_name: str) -> Verdict:
    return Verdict("begin", why) if is_own else Verdict("wait", f"{why}: {peer_name} begins")
