"""Values may nest without a bound now, or may not any more.

A reference leads back to a schema around it. That alone refuses nothing: what a nested value may hold is
told field by field. But readers that walk values may run out of memory where they had a known depth, so look
at each; and where recursion went, look at documents that nest deeper. Validators keep their own bound.
"""

from qpf.evolution.diff.facts.fact import Fact
from qpf.evolution.diff.judging.rule import Rule, Setting, Verdict
from qpf.model.schema_change import Weight


def judge(fact: Fact, setting: Setting) -> Verdict | None:
    """Of definitions that are inside themselves."""
    del setting

    if fact.direction == "removed":
        return Verdict("values nest to a known depth now", "yes", "yes", weight=Weight.SAFE)
    hint = "make sure that every reader bounds how deep it follows values"
    return Verdict("values may nest without a bound now", "yes", "yes", "none", hint, Weight.DANGEROUS)


RULE = Rule("S009", "recursion-changed", ("cycle",), judge)
