"""A field takes values of more types than before.

Every document stays valid. Readers of the earlier schema refuse values of the new types, and code that
knows one type only fails on them: release readers first.
"""

from qpf.evolution.diff.facts.fact import Fact
from qpf.evolution.diff.judging.rule import Rule, Setting, Verdict
from qpf.evolution.diff.judging.type_changes import case, changed


def judge(fact: Fact, setting: Setting) -> Verdict | None:
    """Of types that are more than before."""
    del setting

    if case(fact) != "T001":
        return None
    return Verdict(changed(fact), "yes", "no")


RULE = Rule("T001", "type-widened", ("type",), judge)
