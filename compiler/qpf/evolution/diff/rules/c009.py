"""The least number of items of a list came, went, or moved.

Where it came or was raised, documents with shorter lists become invalid; where it went or was lowered,
readers of the earlier schema refuse lists that are fine now. Keep the earlier bound, or have a person add
items to the documents that have too few.
"""

from qpf.evolution.diff.facts.fact import Fact
from qpf.evolution.diff.judging.bounds import verdict
from qpf.evolution.diff.judging.rule import Rule, Setting, Verdict


def judge(fact: Fact, setting: Setting) -> Verdict | None:
    """Of the least number of items."""
    del setting
    return verdict(fact, "minItems")


RULE = Rule("C009", "min-items-changed", ("constraint",), judge)
