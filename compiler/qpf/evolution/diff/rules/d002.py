"""A field has no default any more.

Every document stays valid, but those that leave the field out have no value from now on: whoever reads
them has to know what to do without one.

Write the old default into documents that rely on it.
"""

from qpf.evolution.diff.facts.fact import Fact
from qpf.evolution.diff.judging.rule import Rule, Setting, Verdict
from qpf.evolution.places import written
from qpf.model.schema_change import Weight
from qpf.model.wording import show


def judge(fact: Fact, setting: Setting) -> Verdict | None:
    """Of defaults that are gone."""
    del setting
    if fact.direction != "removed":
        return None
    return Verdict(
        f"was `{show(fact.before)}` where nobody said it, and is nothing now",
        "yes",
        "yes",
        hint=f"say `{written(fact.path)}: {show(fact.before)}` in documents that rely on it",
        weight=Weight.DANGEROUS,
    )


RULE = Rule("D002", "default-removed", ("default",), judge)
