"""How tight a governed value is, and what a change of it does to what governs agents."""

from collections.abc import Iterable
from typing import NamedTuple

from qpf.evolution.diff.facts.fact import Fact
from qpf.evolution.diff.shapes.unite import same
from qpf.model.merge import Fixed, Tighten
from qpf.model.node import Data
from qpf.model.schema_change import Effect


class Governed(NamedTuple):
    """How a field is governed.

    Attributes:
        strategy: Which way is tighter, or that there is none.
        default: What the schema says where no layer speaks; None if nothing.
        merged: Whether later layers are held to it; otherwise any layer may set it, and a person has to see.
        always: Whether every agent has what the field is in, so that its default counts without that, too.
    """

    strategy: Tighten | Fixed
    default: Data = None
    merged: bool = True
    always: bool = True


def moved(before: Data, after: Data, strategy: Tighten | Fixed) -> Effect:
    """What another value does."""
    if same(before, after):
        return "neutral"
    if isinstance(strategy, Fixed):
        return "undecided"
    if isinstance(before, list) and isinstance(after, list) and not strategy.order:
        return _members(before, after, up=strategy.tighter == "up")
    one, other = rank(before, strategy), rank(after, strategy)
    if one is None or other is None:
        return "undecided"
    return "neutral" if one == other else "loosens" if other < one else "tightens"


def rank(value: Data, strategy: Tighten) -> float | None:
    """How tight a value is; None if the strategy does not know it."""
    if strategy.order:
        for position, known in enumerate(strategy.order):
            if type(value) is type(known) and value == known:
                return position
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return value if strategy.tighter == "up" else -value


def reaches(fact: Fact, strategy: Tighten | Fixed) -> bool:
    """Whether a fact is about a list whose items are what an agent may reach: fewer are tighter."""
    lists = all(isinstance(each, list) for each in (fact.before, fact.after))
    return lists and isinstance(strategy, Tighten) and not strategy.order and strategy.tighter == "down"


def worst(effects: Iterable[Effect]) -> Effect:
    """What several effects amount to."""
    found = set(effects)
    order: tuple[Effect, ...] = ("loosens", "undecided", "tightens")
    return next((each for each in order if each in found), "neutral")


def said(fact: Fact, strategy: Tighten | Fixed) -> Effect:
    """What a fact about a value does: another value, or values called otherwise by a migration."""
    if fact.word == "ValueMap" and isinstance(fact.before, list) and isinstance(fact.after, list):
        return worst(moved(one, other, strategy) for one, other in zip(fact.before, fact.after, strict=True))
    return moved(fact.before, fact.after, strategy)


def _members(before: list[Data], after: list[Data], *, up: bool) -> Effect:
    """Of lists: more items are tighter, or fewer."""
    lost = any(not any(same(each, other) for other in after) for each in before)
    gained = any(not any(same(each, other) for other in before) for each in after)
    looser, tighter = (lost, gained) if up else (gained, lost)
    return "loosens" if looser else "tightens" if tighter else "neutral"
