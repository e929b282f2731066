"""What is said of formats, which some readers hold values to, and others do not."""

from qpf.evolution.diff.facts.fact import Fact
from qpf.evolution.diff.judging.rule import Verdict
from qpf.model.schema_change import Answer
from qpf.model.wording import show

NUMBERS = frozenset({"int32", "int64", "float", "double"})
"""Formats that say how a number is kept."""


def of_numbers(fact: Fact) -> bool:
    """Whether a difference is about how a number is kept."""
    return fact.word == "format" and not NUMBERS.isdisjoint({fact.before, fact.after})


def verdict(fact: Fact, hint: str) -> Verdict:
    """What is said of a format that came, went, or is another one."""
    stricter: Answer = "yes" if fact.direction in {"removed", "loosened"} else "unknown"
    looser: Answer = "yes" if fact.direction in {"added", "tightened"} else "unknown"
    if fact.before is None:
        message = f"has the format `{show(fact.after)}` now"
    elif fact.after is None:
        message = f"has no format any more; it was `{show(fact.before)}`"
    else:
        message = f"had the format `{show(fact.before)}`, and has `{show(fact.after)}` now"
    if stricter == "yes":
        return Verdict(message, stricter, looser)
    return Verdict(message, stricter, looser, "manual", hint)
