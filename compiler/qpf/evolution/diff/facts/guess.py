"""Fields that are gone beside fields that are new: probably renamed or moved, which nobody declared."""

from collections.abc import Iterable, Iterator
from difflib import SequenceMatcher

from msgspec.structs import replace

from qpf.evolution.diff.facts.compare import compare
from qpf.evolution.diff.facts.fact import Fact
from qpf.evolution.diff.shapes.shape import Field
from qpf.evolution.places import written
from qpf.model.digest import canonical

_LIKELY = 0.6
_COMMON = frozenset(map(canonical, (None, "", 0, 1, True, False, [], {})))
"""Values that many fields have, so that they tell nothing."""


def guessed(facts: Iterable[Fact]) -> tuple[Fact, ...]:
    """The same differences, where a field gone and a field new that are probably one are told as one.

    A guess needs the same shape, and a name or a value that speaks for it; where two are as likely,
    nothing is guessed.
    """
    known = tuple(facts)
    gone = [each for each in known if each.kind == "field-removed" and not each.declared]
    come = [each for each in known if each.kind == "field-added" and not each.declared]
    pairs = dict(_pairs(gone, come))
    taken = {id(new) for new in pairs.values()}
    by_id = {id(fact): fact for fact in gone}
    retold = {("default", new.path) for new in pairs.values()}
    told: list[Fact] = []
    for fact in known:
        if id(fact) in pairs and id(fact) in by_id:
            told += _one(fact, pairs[id(fact)])
        elif id(fact) not in taken and (fact.kind, fact.path) not in retold:
            told.append(fact)
    return tuple(told)


def _pairs(gone: list[Fact], come: list[Fact]) -> Iterator[tuple[int, Fact]]:
    likely = [
        (one, other, chance) for one in gone for other in come if (chance := _chance(one, other)) >= _LIKELY
    ]
    for one, other, chance in likely:
        rivals = [each for each in likely if (each[0] is one) != (each[1] is other) and each[2] >= chance]
        if not rivals:
            yield id(one), other


def _chance(one: Fact, other: Fact) -> float:
    """How likely it is that two are one: from 0 to 1."""
    old, new = one.old_field, other.new_field
    if old is None or new is None or not _alike(old, new) or one.path == other.path:
        return 0
    beside = one.path[:-1] == other.path[:-1]
    first, second = str(one.path[-1]), str(other.path[-1])
    name = SequenceMatcher(None, first, second).ratio()
    if (
        first in second.split("_")
        or second in first.split("_")
        or first.replace("_", "") == second.replace("_", "")
    ):
        name = max(name, 0.8)
    if not beside:
        return 0.9 if first == second else 0
    value = old.shape.value("default")
    said = canonical(value)
    telling = said not in _COMMON and said == canonical(new.shape.value("default"))
    return max(name, 0.75) if telling else name


def _alike(old: Field, new: Field) -> bool:
    """Whether two fields may hold the same."""
    if old.shape.written:
        return old.shape.types == new.shape.types and set(old.shape.fields) == set(new.shape.fields)
    plain = [
        replace(each.shape, words={k: v for k, v in each.shape.words.items() if k != "default"})
        for each in (old, new)
    ]
    return plain[0].meaning == plain[1].meaning


def _one(gone: Fact, come: Fact) -> Iterator[Fact]:
    """That a field is another one now, and what differs between the two."""
    assert gone.old_field is not None
    assert come.new_field is not None
    beside = gone.path[:-1] == come.path[:-1]
    yield Fact(
        kind="field-renamed" if beside else "field-moved",
        path=come.path,
        word=come.word,
        before=written(gone.path),
        after=written(come.path),
        old=come.old,
        new=gone.new,
        old_field=gone.old_field,
        new_field=come.new_field,
        old_span=gone.old_span,
        new_span=come.new_span,
        guessed=True,
    )
    yield from compare(gone.old_field.shape, come.new_field.shape, come.path)
