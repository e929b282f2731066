"""Facts → changes: each difference judged by one rule, and echoes of one edit told once."""

from collections import defaultdict
from collections.abc import Callable, Iterable

from qpf.evolution.diff.defaults import INVALID
from qpf.evolution.diff.fact import Fact
from qpf.evolution.diff.rule import Setting, Verdict, policy_rules, rules
from qpf.model.merge import Fixed, Strategy, Tighten
from qpf.model.path import Path
from qpf.model.schema_change import Effect, SchemaChange, Side, Weight

Governing = Callable[[Path], Strategy | None]

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
    changes = [_judged(fact, setting, governing, subject) for fact in _without_echoes(tuple(facts))]
    return in_order(changes)


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


def _without_echoes(facts: tuple[Fact, ...]) -> Iterable[Fact]:
    by_path: dict[Path, list[Fact]] = defaultdict(list)
    for fact in facts:
        if not fact.declared:
            by_path[fact.path].append(fact)
    for fact in facts:
        if fact.declared or not any(_follows(fact, other) for other in by_path[fact.path]):
            yield fact


def _follows(fact: Fact, other: Fact) -> bool:
    """Whether a difference follows from another one at the same place, which says no less on every axis."""
    if fact.kind == "default" and fact.word == INVALID:
        return False
    match other.kind:
        case "type":
            return fact.kind in (_OF_TYPES if other.direction == "changed" else {"annotation"})
        case "required":  # the other one tells the default
            follows = {"loosened": {"added"}, "tightened": {"added", "removed"}}.get(other.direction, set())
            return fact.kind == "default" and fact.direction in follows
        case "field-renamed" | "field-moved":
            return fact.kind == "annotation"
    return False


def _judged(fact: Fact, setting: Setting, governing: Governing, subject: str) -> SchemaChange:
    code, name, verdict = _verdict(fact, setting)
    effect, policy = _effect(fact, governing)
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
        also=fact.also,
    )


def _verdict(fact: Fact, setting: Setting) -> tuple[str, str, Verdict]:
    for rule in rules():
        if fact.kind in rule.kinds:
            verdict = rule.judge(fact, setting)
            if verdict is not None:
                return rule.code, rule.name, verdict
    what = f"`{fact.word}`" if fact.word else "something"
    message = f"{what} differs, and no rule knows what that means"
    return "U000", "unhandled", Verdict(message, "unknown", "unknown", "manual", "have a person look at it")


def _effect(fact: Fact, governing: Governing) -> tuple[Effect, str]:
    strategy = governing(fact.path)
    if not isinstance(strategy, Tighten | Fixed):
        strategy = None
    for rule in policy_rules():
        if fact.kind in rule.kinds and (strategy is not None or fact.kind in {"merge", "secret"}):
            effect = rule.judge(fact, strategy or Fixed())
            if effect is not None:
                return effect, rule.code
    return "neutral", ""
