"""What a difference does to what governs agents: told of every governed field that it touches."""

from collections import deque
from collections.abc import Callable, Iterator

from msgspec.structs import replace

from qpf.evolution.diff.facts.compare import compare
from qpf.evolution.diff.facts.fact import Fact
from qpf.evolution.diff.judging.layers import layered
from qpf.evolution.diff.judging.rule import policy_rules
from qpf.evolution.diff.judging.tightness import Governed, moved, worst
from qpf.evolution.diff.shapes.shape import Field, Shape
from qpf.model.merge import Fixed, Tighten
from qpf.model.node import Data
from qpf.model.path import Path, parse_path
from qpf.model.schema_change import Effect

Governing = Callable[[Path], Governed | None]
Part = tuple[Fact, Tighten | Fixed]

_MOST_PLACES = 20_000
_UNGOVERNED = frozenset({"secret", "merge"})
"""Differences that tell by themselves what they do."""


def effect_of(fact: Fact, governing: Governing, subject: str) -> tuple[Effect, str]:
    """The worst that a difference does, and the code of the rule that says so.

    Args:
        fact: What differs.
        governing: How a field is governed, if it is.
        subject: Which schema it is in; empty if there is only one.
    """
    found = [_judged(part, strategy) for part, strategy in _parts(fact, governing, subject)]
    effect = worst(each for each, _ in found)
    return effect, next((code for each, code in found if each == effect), "")


def _judged(fact: Fact, strategy: Tighten | Fixed) -> tuple[Effect, str]:
    for rule in policy_rules():
        if fact.kind in rule.kinds:
            effect = rule.judge(fact, strategy)
            if effect is not None:
                return effect, rule.code
    return "neutral", ""


def _parts(fact: Fact, governing: Governing, subject: str) -> Iterator[Part]:
    """What differs of governed fields: the fact itself, or what it means for those below and above."""
    match fact.kind:
        case kind if kind in _UNGOVERNED:
            yield fact, Fixed()
        case "reference" if fact.word == "secret":
            yield fact, Fixed()
        case "reference" | "document":
            yield from _whole(fact, governing, subject)
        case "field-added" if fact.new_field is not None:
            yield from _member(fact, governing)
            yield from _below(fact.path, None, fact.new_field, governing, subject)
        case "field-removed" if fact.old_field is not None:
            yield from _member(fact, governing)
            yield from _below(fact.path, fact.old_field, None, governing, subject)
        case "field-renamed" | "field-moved" if fact.guessed and fact.old_field and fact.new_field:
            yield from _below(parse_path(str(fact.before)), fact.old_field, None, governing, subject)
            yield from _below(fact.path, None, fact.new_field, governing, subject)
        case "type" if fact.old is not None and fact.new is not None and fact.old.written:
            old, new = Field(fact.old.span, fact.old), Field(fact.new.span, fact.new)
            yield from _below(fact.path, old, None if fact.new.types == {"null"} else new, governing, subject)
        case "default" if fact.word not in {"", "default"}:
            pass  # it is what it was, and does not fit
        case _:
            governed = governing(fact.path)
            if governed is not None:
                yield fact, governed.strategy


def _whole(fact: Fact, governing: Governing, subject: str) -> Iterator[Part]:
    """What layers say together, before and after."""
    there = fact.old or fact.new
    if there is None:
        return
    nothing = Shape(there.span, frozenset({"object"}), extra=False, written=True)
    old, new = (layered(each or nothing, governing) for each in (fact.old, fact.new))
    layers = fact.kind == "reference"
    for each in compare(old, new):
        yield from _parts(each, governing, "" if layers else subject)


def _member(fact: Fact, governing: Governing) -> Iterator[Part]:
    """A field of a mapping that is governed as a whole: by which keys it has."""
    governed = governing(fact.path[:-1]) if fact.path else None
    if governed is not None and fact.old is not None and fact.new is not None and fact.new.written:
        before, after = sorted(fact.old.fields), sorted(fact.new.fields)
        if fact.declared:  # what a migration does is done in the earlier shape already
            (before if fact.kind == "field-removed" else after).append(str(fact.path[-1]))
        yield (
            replace(fact, kind="default", path=fact.path[:-1], before=before, after=after),
            governed.strategy,
        )


def _below(
    path: Path, old: Field | None, new: Field | None, governing: Governing, subject: str
) -> Iterator[Part]:
    """Governed fields at a place and below it, of which one side may have none.

    What is near comes first: where references lead to more places than anybody can write, what is far is
    not looked at any more.
    """
    left = deque([(path, old, new)])
    for _ in range(_MOST_PLACES):
        if not left:
            return
        at, one, other = left.popleft()
        governed = governing(at)
        if governed is not None:
            if at != path and not governed.always:
                governed = governed._replace(default=None)
            yield from _value(at, one, other, governed, subject)
        names = [*(one.shape.fields if one else ()), *(other.shape.fields if other else ())]
        for name in dict.fromkeys([*names, *_others(one, other)]):
            left.append(
                (
                    (*at, name),
                    one.shape.below(name) if one else None,
                    other.shape.below(name) if other else None,
                )
            )


def _others(old: Field | None, new: Field | None) -> tuple[str, ...]:
    """Whether there is something to say of fields that are not listed."""
    found = [each for each in (old, new) if each is not None and not each.shape.written]
    return ("*",) if any(each.shape.below("*") for each in found) else ()


def _value(
    path: Path, old: Field | None, new: Field | None, governed: Governed, subject: str
) -> Iterator[Part]:
    strategy = governed.strategy
    there = new or old
    assert there is not None
    added = Fact(
        kind="field-added" if old is None else "field-removed", path=path,
        before=_said(old), after=_said(new), old_field=old, new_field=new,
    )  # fmt: skip
    if old is not None and new is not None:
        yield replace(added, kind="default"), strategy
    elif not there.shape.written:
        if governed.merged or isinstance(strategy, Tighten):
            yield added, strategy  # what may be said is another; what is said, nobody knows
    elif governed.merged and subject.startswith("environments/") and old is None:
        yield added, strategy  # an environment may only tighten, whatever the other layers say
    elif governed.default is not None or isinstance(_said(there), list) or not governed.merged:
        before = governed.default if old is None else _said(old)
        after = governed.default if new is None else _said(new)
        lists = isinstance(before, list) or isinstance(after, list)
        fact = replace(
            added,
            kind="default",
            before=[] if lists and before is None else before,
            after=[] if lists and after is None else after,
        )
        held = governed.merged and subject.startswith("agents/") and old is None
        if held and moved(fact.before, fact.after, strategy) == "loosens":
            strategy = (
                Fixed()
            )  # it is looser than what the schema says, and perhaps not than what the base does
        yield fact, strategy
    else:
        yield added, strategy


def _said(field: Field | None) -> Data:
    """What a field says; of a mapping which keys it has."""
    if field is None:
        return None
    if field.shape.written and field.shape.fields:
        return sorted(field.shape.fields)
    return field.shape.value("default")
