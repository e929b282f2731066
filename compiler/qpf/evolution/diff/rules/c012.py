"""The least number of fields of a mapping came, went, or moved.

Where it came or was raised, documents with fewer fields become invalid; where it went or was lowered,
readers of the earlier schema refuse mappings that are fine now. Keep the earlier bound, or have a person
change the documents that have too few.
"""

from qpf.evolution.diff.facts.fact import Fact
from qpf.evolution.diff.judging.bounds import verdict
from qpf.evolution.diff.judging.rule import Rule, Setting, Verdict


def judge(fact: Fact, setting: Setting) -> Verdict | None:
    """Of the least number of fields."""
    del setting
    return verdict(fact, "minProperties")


RULE = Rule("C012", "min-properties-changed", ("constraint",), judge)
