"""Which listed values are gone, which came, and which only go by another name."""

from difflib import SequenceMatcher

from qpf.evolution.diff.shapes.unite import same
from qpf.model.node import Data

_ALIKE = 0.6


def gone_and_come(before: list[Data], after: list[Data]) -> tuple[list[Data], list[Data]]:
    """Values that only the earlier list has, and those that only the later one has."""
    gone = [value for value in before if not any(same(value, each) for each in after)]
    come = [value for value in after if not any(same(value, each) for each in before)]
    return gone, come


def other_case(gone: list[Data], come: list[Data]) -> list[tuple[str, str]] | None:
    """Values gone and come in pairs that differ by case only; None if there are others."""
    folded = {each.casefold(): each for each in come if isinstance(each, str)}
    pairs = [(each, folded.pop(each.casefold(), "")) for each in gone if isinstance(each, str)]
    whole = len(pairs) == len(gone) == len(come) and not folded
    return pairs if pairs and whole and all(other for _, other in pairs) else None


def renamed(gone: list[Data], come: list[Data]) -> bool:
    """Whether values gone are probably values come by another name."""
    if other_case(gone, come) is not None:
        return True
    return len(gone) == len(come) == 1 and _alike(gone[0], come[0])


def _alike(one: Data, other: Data) -> bool:
    if not (isinstance(one, str) and isinstance(other, str)):
        return False
    return (
        one in other.split("_")
        or other in one.split("_")
        or SequenceMatcher(None, one, other).ratio() >= _ALIKE
    )
