"""The step of which a number must be a multiple came, went, or changed.

From 2 to 4 it is stricter, since every multiple of 4 is one of 2; from 4 to 2 looser; from 2 to 3 neither:
2 was fine and is not any more, 3 is fine and was not. Steps are compared as they are written, so that 0.1
and 0.3 are what they seem. Keep the earlier step, or have a person change the documents.
"""

from qpf.evolution.diff.facts.fact import Fact
from qpf.evolution.diff.judging.bounds import verdict
from qpf.evolution.diff.judging.rule import Rule, Setting, Verdict


def judge(fact: Fact, setting: Setting) -> Verdict | None:
    """Of the step; of two that do not divide each other, both refuse what the other one takes."""
    del setting
    return verdict(fact, "multipleOf", incomparable="no")


RULE = Rule("C005", "multiple-of-changed", ("constraint",), judge)
