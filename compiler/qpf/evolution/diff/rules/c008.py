"""The pattern that a text must match came, went, or changed.

A pattern that came makes every text invalid that does not match; one that went lets in what readers of
the earlier schema refuse. Of one that changed, nobody can tell by reading whether it takes what the
earlier one took: the answer is unknown, and every document has to be checked against the new schema.
"""

from qpf.evolution.diff.facts.fact import Fact
from qpf.evolution.diff.judging.bounds import verdict
from qpf.evolution.diff.judging.rule import Rule, Setting, Verdict


def judge(fact: Fact, setting: Setting) -> Verdict | None:
    """Of the pattern of a text."""
    del setting
    return verdict(fact, "pattern")


RULE = Rule("C008", "pattern-changed", ("constraint",), judge)
