"""The greatest number of fields of a mapping came, went, or moved.

Where it came or was lowered, documents with more fields become invalid; where it went or was raised,
readers of the earlier schema refuse mappings that are fine now. Keep the earlier bound, or have a person
change the documents that have too many.
"""

from qpf.evolution.diff.facts.fact import Fact
from qpf.evolution.diff.judging.bounds import verdict
from qpf.evolution.diff.judging.rule import Rule, Setting, Verdict


def judge(fact: Fact, setting: Setting) -> Verdict | None:
    """Of the greatest number of fields."""
    del setting
    return verdict(fact, "maxProperties")


RULE = Rule("C013", "max-properties-changed", ("constraint",), judge)
