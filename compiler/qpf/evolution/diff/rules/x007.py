"""A schema is called otherwise.

Everything that composes or names it has to say the new name. Within a fleet, whoever was forgotten is
told by name (X005), and breaks; documents elsewhere that say the old one are no longer valid, which is
dangerous rather than breaking, since nobody here needs them.
"""

from qpf.evolution.diff.facts.fact import Fact
from qpf.evolution.diff.judging.rule import Rule, Setting, Verdict
from qpf.model.schema_change import Weight
from qpf.model.wording import show


def judge(fact: Fact, setting: Setting) -> Verdict | None:
    """Of the name that a schema says of itself."""
    del setting
    if fact.word != "name":
        return None
    hint = f"write `{show(fact.after)}` wherever `{show(fact.before)}` is composed or named"
    message = f"is called `{show(fact.after)}`, and was called `{show(fact.before)}`"
    return Verdict(message, "no", "no", "manual", hint, Weight.DANGEROUS)


RULE = Rule("X007", "schema-renamed", ("header",), judge)
