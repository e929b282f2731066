"""Two shapes → facts: every difference once, however many fields show it."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from msgspec.structs import replace

from qpf.evolution.diff.facts.branches import Doubt, Step, branches, lifted
from qpf.evolution.diff.facts.constraints import constraints
from qpf.evolution.diff.facts.fact import Fact, Within
from qpf.evolution.diff.facts.items import items
from qpf.evolution.diff.facts.objects import objects
from qpf.evolution.diff.shapes.shape import NUMBERS, TYPES, Shape
from qpf.model.path import Path

_MOST_PLACES = 20

_Key = tuple[object, ...]
_Pair = tuple[int, int]


def compare(old: Shape, new: Shape, at: Path = ()) -> tuple[Fact, ...]:
    """All differences, in the order of the fields.

    Args:
        old: The earlier schema.
        new: The later one.
        at: Where both stand.
    """
    comparing = _Comparing()
    comparing.shapes(old, new, at)
    comparing.settle()
    return tuple(comparing.found.values())


@dataclass
class _Seen:
    """A pair of shapes that was compared.

    Attributes:
        shapes: The pair, kept so that nothing else takes its identity.
        at: Where it was met first.
        own: What differs in it, as far as it was first seen in it.
        below: Pairs in it.
        doubts: What differs in it only if other pairs do.
    """

    shapes: tuple[Shape, Shape]
    at: Path
    own: list[_Key] = field(default_factory=list)
    below: list[_Pair] = field(default_factory=list)
    doubts: list[Doubt] = field(default_factory=list)


@dataclass
class _Comparing:
    """Two schemas being compared: each pair of shapes once, however often it is referred to."""

    found: dict[_Key, Fact] = field(default_factory=dict)
    seen: dict[_Pair, _Seen] = field(default_factory=dict)
    around: list[_Seen] = field(default_factory=list)

    def shapes(self, old: Shape, new: Shape, at: Path, within: Within = "", among: bool = False) -> None:  # noqa: FBT001, FBT002  # a step's parts
        """Compare what a value may be."""
        cycles = old, new
        old, new = old.entered, new.entered
        pair = (id(old), id(new))
        if self.around:
            self.around[-1].below.append(pair)
        if pair in self.seen:
            self._again(self.seen[pair], at)
            return
        before = set(self.found)
        here = self.seen[pair] = _Seen((old, new), at)
        self.around.append(here)
        for fact in _recursion(*cycles, at):
            self._note(fact)
        for each in _differences(old, new, at, within):
            if isinstance(each, Fact):
                placed = replace(each, within=within) if each.path == at else each
                self._note(replace(placed, among=among))
            elif isinstance(each, Doubt):
                here.doubts.append(each)
            else:
                self.shapes(*each._replace(among=among or each.among))
        self.around.pop()
        here.own = [key for key in self.found if key not in before]

    def settle(self) -> None:
        """Note doubts about pairs that do differ."""
        for seen in self.seen.values():
            for doubt in seen.doubts:
                if doubt.certain or any(
                    self._differ((id(one.entered), id(other.entered))) for one, other in doubt.pairs
                ):
                    self._note(doubt.fact)

    def _differ(self, pair: _Pair) -> bool:
        left, known = [pair], {pair}
        while left:
            seen = self.seen[left.pop()]
            if seen.own:
                return True
            left += [each for each in seen.below if each not in known]
            known.update(seen.below)
        return False

    def _note(self, fact: Fact) -> None:
        key = (
            fact.kind,
            fact.word,
            fact.direction,
            fact.old_span,
            fact.new_span,
            repr((fact.before, fact.after)),
        )
        known = self.found.get(key)
        if known is None:
            self.found[key] = fact
        elif fact.path != known.path and len(known.also) < _MOST_PLACES:
            self.found[key] = replace(known, also=tuple(dict.fromkeys((*known.also, fact.path))))

    def _again(self, seen: _Seen, at: Path) -> None:
        """The same lines differ at another place, too."""
        for key in seen.own:
            fact = self.found[key]
            if len(fact.also) < _MOST_PLACES and fact.path[: len(seen.at)] == seen.at:
                place = (*at, *fact.path[len(seen.at) :])
                if place not in {fact.path, *fact.also}:
                    self.found[key] = replace(fact, also=(*fact.also, place))


def _differences(old: Shape, new: Shape, at: Path, within: Within) -> Iterator[Fact | Doubt | Step]:
    if _secret(old) and _secret(new):
        yield from _kept(old, new, at)
        return
    old, new = lifted(old, new)
    yield from _types(old, new, at)
    yield from constraints(old, new, at)
    if not old.types.isdisjoint(new.types):
        yield from objects(old, new, at)
        yield from items(old, new, at)
        yield from branches(old, new, at, within)


def _recursion(old: Shape, new: Shape, at: Path) -> Iterator[Fact]:
    """Whether values may nest without a bound in one of them only."""
    if (new.cycle and not old.recursive) or (old.cycle and not new.recursive):
        yield Fact(
            kind="cycle", path=at, word="$ref", direction="added" if new.cycle else "removed",
            old=old, new=new, old_span=old.span, new_span=new.span,
        )  # fmt: skip


def _secret(shape: Shape) -> bool:
    """Whether a document says there where a secret is kept."""
    return shape.written and shape.fields.keys() == {"secret", "key"}


def _kept(old: Shape, new: Shape, at: Path) -> Iterator[Fact]:
    """Another place where a secret is kept: one thing, though it is written as two."""
    before, after = (
        {name: each.shape.value("default") for name, each in shape.fields.items()} for shape in (old, new)
    )
    if before != after:
        yield Fact(kind="reference", path=at, word="secret", direction="changed", before=before, after=after,
                   old=old, new=new, old_span=old.span, new_span=new.span)  # fmt: skip


def _types(old: Shape, new: Shape, at: Path) -> Iterator[Fact]:
    """Which kinds of values fit; null is told on its own, unless it is all that fits."""
    before, after = old.types - {"null"}, new.types - {"null"}
    if not before or not after:
        before, after = old.types, new.types
    told = "enum" in old.words and "enum" in new.words and not before.isdisjoint(after)
    told |= "enum" in new.words and after <= before
    told |= "enum" in old.words and before <= after
    forms = _by_branches(old) and _by_branches(new)
    told |= forms and not before.isdisjoint(after)
    if before != after and not told:
        yield Fact(
            kind="type", path=at, word="type", before=_names(before), after=_names(after), old=old, new=new,
            direction="loosened" if before < after else "tightened" if after < before else "changed",
            old_span=old.span, new_span=new.span,
        )  # fmt: skip
    if "null" not in old.types ^ new.types or "null" in before ^ after or forms:
        return
    gained = "null" in new.types
    if TYPES in (old.types, new.types) and (before < after if gained else after < before):
        return  # anything: null is part of that
    yield Fact(
        kind="null", path=at, before="null" in old.types, after=gained, old=old, new=new,
        direction="loosened" if gained else "tightened", old_span=old.span, new_span=new.span,
    )  # fmt: skip


def _by_branches(shape: Shape) -> bool:
    """Whether branches tell which kinds of values fit."""
    return bool(shape.branches) and shape.types == frozenset().union(*(each.types for each in shape.branches))


def _names(types: frozenset[str]) -> list[str]:
    """Types as people write them."""
    if types >= TYPES - {"null"}:
        return ["anything"]
    named = types - NUMBERS | {"number"} if "fraction" in types else types
    return sorted(named) or ["nothing"]
