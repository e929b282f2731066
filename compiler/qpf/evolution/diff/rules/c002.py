"""The greatest value of a number came, went, or moved.

Where it came or was lowered, documents that say more become invalid; where it went or was raised, readers
of the earlier schema refuse what documents may say now. Keep the earlier bound, or have a person change
the documents that say more.
"""

from qpf.evolution.diff.facts.fact import Fact
from qpf.evolution.diff.judging.bounds import verdict
from qpf.evolution.diff.judging.rule import Rule, Setting, Verdict


def judge(fact: Fact, setting: Setting) -> Verdict | None:
    """Of the greatest value, which is one that fits."""
    del setting
    return verdict(fact, "maximum")


RULE = Rule("C002", "maximum-changed", ("constraint",), judge)
