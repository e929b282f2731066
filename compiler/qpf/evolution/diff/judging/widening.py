"""Whether a schema lets a governed field hold looser values than before."""

from qpf.evolution.diff.facts.fact import Fact, Kind
from qpf.evolution.diff.judging.tightness import rank
from qpf.evolution.diff.shapes.unite import LOWER, UPPER
from qpf.model.merge import Fixed, Tighten
from qpf.model.node import Data
from qpf.model.schema_change import Direction, Effect

KINDS: tuple[Kind, ...] = ("constraint", "enum", "type", "required", "null", "openness")
"""Differences of what a field may be."""

_WAYS: dict[Direction, Effect] = {
    "added": "tightens", "tightened": "tightens", "removed": "loosens", "loosened": "loosens",
    "changed": "undecided",
}  # fmt: skip


def governs(merging: Data) -> bool:
    """Whether a merge strategy, as schemas are exported, lets no later layer loosen a value."""
    return isinstance(merging, str) and merging.partition(" ")[0] in {"tighten", "fixed"}


def widened(fact: Fact, strategy: Tighten | Fixed) -> Effect:
    """What another constraint does: only the end matters at which values are loose."""
    if fact.kind == "enum" and fact.word == "ValueMap":
        return "neutral"  # values go by other names, and are judged as values
    if isinstance(strategy, Fixed):
        return "undecided"
    if fact.kind == "required" and fact.new_field is not None and "default" in fact.new_field.shape.words:
        return "undecided" if fact.direction == "loosened" else "tightens"
    if not strategy.order and fact.word in LOWER | UPPER:
        loose = LOWER if strategy.tighter == "up" else UPPER
        return _WAYS.get(fact.direction, "undecided") if fact.word in loose else "neutral"
    if strategy.order and fact.kind == "enum":
        return _values(fact, strategy)
    return _WAYS.get(fact.direction, "undecided")


def _values(fact: Fact, strategy: Tighten) -> Effect:
    """Of listed values: whether the loosest one is another."""
    loosest = [_loosest(each, strategy) for each in (fact.before, fact.after)]
    if loosest[0] is None or loosest[1] is None:
        return "undecided"
    return "loosens" if loosest[1] < loosest[0] else "tightens" if loosest[1] > loosest[0] else "neutral"


def _loosest(values: Data, strategy: Tighten) -> float | None:
    """How tight the loosest of some values is; None if one is not known. All of them, if none are listed."""
    if not isinstance(values, list):
        return 0
    ranks = [rank(each, strategy) for each in values]
    return None if None in ranks or not ranks else min(each for each in ranks if each is not None)
