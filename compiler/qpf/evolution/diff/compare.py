"""Shape × Shape → Facts: every difference once, however many fields show it."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from qpf.evolution.diff.branches import branches
from qpf.evolution.diff.constraints import constraints
from qpf.evolution.diff.fact import Fact
from qpf.evolution.diff.objects import objects
from qpf.evolution.diff.shape import NUMBERS, TYPES, Shape
from qpf.model.path import Path
from qpf.model.span import Span

_MOST_PLACES = 20


def compare(old: Shape, new: Shape, at: Path = ()) -> tuple[Fact, ...]:
    """All differences, in the order of the fields.

    Args:
        old: The earlier schema.
        new: The later one.
        at: Where both stand.
    """
    comparing = _Comparing()
    comparing.shapes(old, new, at)
    return tuple(comparing.found.values())


@dataclass
class _Comparing:
    """Two schemas being compared: each pair of shapes once, however often it is referred to."""

    found: dict[tuple[object, ...], Fact] = field(default_factory=dict)
    done: dict[tuple[int, int], tuple[Path, list[tuple[object, ...]]]] = field(default_factory=dict)

    def shapes(self, old: Shape, new: Shape, at: Path) -> None:
        """Compare what a value may be."""
        pair = (id(old), id(new))
        if pair in self.done:
            self._again(*self.done[pair], at)
            return
        before = set(self.found)
        self.done[pair] = (at, [])
        for each in self._differences(old, new, at):
            if isinstance(each, Fact):
                self._note(each)
            else:
                self.shapes(*each)
        self.done[pair] = (at, [key for key in self.found if key not in before])

    def _differences(self, old: Shape, new: Shape, at: Path) -> "Iterator[Fact | tuple[Shape, Shape, Path]]":
        if _secret(old) and _secret(new):
            yield from _kept(old, new, at)
            return
        yield from _types(old, new, at)
        yield from constraints(old, new, at)
        if not old.types.isdisjoint(new.types):
            yield from objects(old, new, at)
            yield from _items(old, new, at)
            yield from branches(old, new, at)
        if old.cycle != new.cycle:
            yield Fact(kind="cycle", path=at, before=old.cycle, after=new.cycle, old=old, new=new,
                       old_span=old.span, new_span=new.span)  # fmt: skip

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

    def _again(self, first: Path, keys: list[tuple[object, ...]], at: Path) -> None:
        """The same lines differ at another place, too."""
        for key in keys:
            fact = self.found[key]
            place = (*at, *fact.path[len(first) :])
            if place not in {fact.path, *fact.also} and len(fact.also) < _MOST_PLACES:
                self.found[key] = replace(fact, also=(*fact.also, place))


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
    before, after = old.types - {"null"}, new.types - {"null"}
    listed = ("enum" in old.words, "enum" in new.words)
    if before & after and (
        (listed == (False, True) and after <= before) or (listed == (True, False) and before <= after)
    ):
        before = after  # what values there are tells of the types, too
    if (before != after and (before or after)) or (not before and not after and old.types != new.types):
        yield Fact(
            kind="type", path=at, before=_names(before), after=_names(after), old=old, new=new,
            direction="loosened" if before < after else "tightened" if after < before else "changed",
            old_span=old.where("type"), new_span=new.where("type"),
        )  # fmt: skip
    told = (before < after and "null" in new.types) or (after < before and "null" in old.types)
    if (
        ("null" in old.types) != ("null" in new.types)
        and before
        and after
        and not (told and TYPES - {"null"} in (before, after))
    ):
        yield Fact(
            kind="null", path=at, before="null" in old.types, after="null" in new.types, old=old, new=new,
            direction="loosened" if "null" in new.types else "tightened",
            old_span=old.span, new_span=new.span,
        )  # fmt: skip


def _names(types: frozenset[str]) -> list[str]:
    """Types as people write them."""
    if types == TYPES - {"null"}:
        return ["anything"]
    named = types - NUMBERS | {"number"} if types >= NUMBERS else types
    return sorted(named) or ["nothing"]


def _items(old: Shape, new: Shape, at: Path) -> Iterator[Fact | tuple[Shape, Shape, Path]]:
    """What a list may hold."""
    if "array" not in old.types & new.types:
        return
    before, after = old.items, new.items
    for one, other in zip(old.prefix, new.prefix, strict=False):
        yield one, other, (*at, "*")
    if len(old.prefix) != len(new.prefix):
        yield Fact(kind="prefix", path=at, before=len(old.prefix), after=len(new.prefix), old=old, new=new,
                   old_span=old.span, new_span=new.span)  # fmt: skip
    if before is None and after is None:
        return
    yield before or _any(old.span), after or _any(new.span), (*at, "*")


def _any(span: Span) -> Shape:
    return Shape(span)
