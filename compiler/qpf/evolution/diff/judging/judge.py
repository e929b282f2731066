"""Facts → changes: each difference judged by one rule, and echoes of one edit told once."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import TypeAlias

from msgspec.structs import replace

from qpf.evolution.diff.facts.defaults import INVALID
from qpf.evolution.diff.facts.fact import Fact
from qpf.evolution.diff.judging.policy import Governing, effect_of
from qpf.evolution.diff.judging.rule import Setting, Verdict, rules
from qpf.evolution.diff.rules.u000 import RULE as UNKNOWN
from qpf.evolution.places import written
from qpf.model.path import Path
from qpf.model.schema_change import Answer, Effect, SchemaChange, Side, Weight

Found: TypeAlias = tuple[Fact, tuple[Effect, str]]

_OF_TYPES = frozenset({"default", "constraint", "enum", "null", "openness", "annotation"})
"""What differs, too, where a field holds something else altogether."""


def judged(
    facts: Iterable[Fact], setting: Setting, governing: Governing, subject: str = ""
) -> tuple[SchemaChange, ...]:
    """Judge differences; the heaviest first, then by field.

    Args:
        facts: What differs.
        setting: What is known of the two schemas as wholes.
        governing: How a field is governed, if it is.
        subject: Which schema it is.
    """
    found = [(fact, effect_of(fact, governing, subject)) for fact in facts]
    return in_order(_judged(fact, setting, effect, subject) for fact, effect in _without_echoes(found))


def in_order(changes: Iterable[SchemaChange]) -> tuple[SchemaChange, ...]:
    """The heaviest first, then by schema, field and code."""
    return tuple(
        sorted(
            changes,
            key=lambda each: (
                -each.weight,
                each.subject,
                tuple(map(str, each.path)),
                each.code,
                each.message,
            ),
        )
    )


def _without_echoes(found: Sequence[Found]) -> Iterable[Found]:
    """All but what follows from something else; what loosens is told even so."""
    by_path: dict[Path, list[Fact]] = defaultdict(list)
    for fact, _ in found:
        if not fact.declared:
            by_path[fact.path].append(fact)
    for fact, (effect, code) in found:
        follows = not fact.declared and any(_follows(fact, other) for other in by_path[fact.path])
        if effect == "loosens" or not follows:
            yield fact, (effect, code)


def _follows(fact: Fact, other: Fact) -> bool:
    """Whether a difference follows from another one at the same place, which says no less on every axis."""
    if fact.kind == "default" and fact.word == INVALID:
        return False
    match other.kind:
        case "type":
            return _follows_type(fact, other)
        case "required":  # the other one tells the default
            follows = {"loosened": {"added"}, "tightened": {"added", "removed"}}.get(other.direction, set())
            return fact.kind == "default" and fact.direction in follows
        case "field-renamed" | "field-moved":
            return fact.kind == "annotation"
    return False


def _follows_type(fact: Fact, other: Fact) -> bool:
    """Whether it comes with types that are others, or fewer, or goes with types that are more."""
    if fact.kind == "annotation" or fact.old is not other.old or fact.new is not other.new:
        return fact.kind == "annotation"
    if other.direction == "changed":
        return fact.kind in _OF_TYPES
    with_types = {"tightened": "added", "loosened": "removed"}
    return fact.kind in {"constraint", "enum"} and fact.direction == with_types[other.direction]


def _judged(fact: Fact, setting: Setting, told: tuple[Effect, str], subject: str) -> SchemaChange:
    code, name, verdict = _verdict(fact, setting)
    effect, policy = told
    weight = verdict.weighs
    if effect == "loosens":
        weight = Weight.CRITICAL
    elif effect == "undecided":
        weight = max(weight, Weight.DANGEROUS)
    return SchemaChange(
        code=code,
        name=name,
        subject=subject,
        path=fact.path,
        word=fact.word,
        message=verdict.message,
        backward=verdict.backward,
        forward=verdict.forward,
        weight=weight,
        cover=verdict.cover,
        effect=effect,
        policy=policy,
        direction=fact.direction,
        declared=fact.declared,
        before=Side(fact.before, fact.old_span),
        after=Side(fact.after, fact.new_span),
        hint=verdict.hint,
        also=tuple(map(written, fact.also)),
    )


def _verdict(fact: Fact, setting: Setting) -> tuple[str, str, Verdict]:
    for rule in rules():
        if fact.kind in rule.kinds:
            verdict = rule.judge(fact, setting)
            if verdict is not None:
                return rule.code, rule.name, _among(verdict) if fact.among else verdict
    verdict = UNKNOWN.judge(fact, setting)
    assert verdict is not None
    return UNKNOWN.code, UNKNOWN.name, verdict


def _among(verdict: Verdict) -> Verdict:
    """A verdict on what is beside other things that must fit, or may: there may be no such document."""

    def doubted(answer: Answer) -> Answer:
        return "unknown" if answer == "no" else answer

    return replace(verdict, backward=doubted(verdict.backward), forward=doubted(verdict.forward))
