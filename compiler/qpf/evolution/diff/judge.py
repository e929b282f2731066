"""Facts → changes: each difference judged by one rule, and echoes of one edit told once."""

from collections.abc import Callable, Iterable

from qpf.evolution.diff.fact import Fact
from qpf.evolution.diff.rule import Setting, Verdict, policy_rules, rules
from qpf.model.merge import Fixed, Strategy, Tighten
from qpf.model.path import Path
from qpf.model.schema_change import Effect, SchemaChange, Side, Weight

Governing = Callable[[Path], Strategy | None]

_ECHOES: dict[str, frozenset[str]] = {
    "type": frozenset({"default", "constraint", "enum", "null", "openness", "annotation"}),
    "required": frozenset({"default"}),
    "field-renamed": frozenset({"annotation"}),
    "field-moved": frozenset({"annotation"}),
}
"""Differences that follow from another one at the same place."""


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
    echoed = {(fact.path, kind) for fact in facts if not fact.declared for kind in _ECHOES.get(fact.kind, ())}
    return (fact for fact in facts if fact.declared or (fact.path, fact.kind) not in echoed)


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
