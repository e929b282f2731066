"""A field is not deprecated any longer: it stays.

Nothing breaks. Whoever left the field because of the warning may want to know.
"""

from qpf.evolution.diff.facts.fact import Fact
from qpf.evolution.diff.judging.rule import Rule, Setting, Verdict


def judge(fact: Fact, setting: Setting) -> Verdict | None:
    """Of a field that stays; of one that is gone, its removal tells."""
    del setting
    if fact.word != "deprecated" or fact.direction != "removed":
        return None
    return Verdict("is not deprecated any longer", "yes", "yes")


RULE = Rule("L002", "deprecation-withdrawn", ("deprecation",), judge)
