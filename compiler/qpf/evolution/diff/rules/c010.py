"""The greatest number of items of a list came, went, or moved.

Where it came or was lowered, documents with longer lists become invalid; where it went or was raised,
readers of the earlier schema refuse lists that are fine now. `items: false` is the same bound. Keep the
earlier one, or have a person take items out of the documents that have too many.
"""

from qpf.evolution.diff.facts.fact import Fact
from qpf.evolution.diff.judging.bounds import verdict
from qpf.evolution.diff.judging.rule import Rule, Setting, Verdict


def judge(fact: Fact, setting: Setting) -> Verdict | None:
    """Of the greatest number of items."""
    del setting
    return verdict(fact, "maxItems")


RULE = Rule("C010", "max-items-changed", ("constraint",), judge)
