"""The least value of a number came, went, or moved.

Where it came or was raised, documents that say less become invalid, and every document of the new schema
is fine for readers of the earlier one; where it went or was lowered, it is the other way round. Values of
other types are not held to it: of a field that was a text only, it says nothing of any document. Keep the
earlier bound, or have a person change the documents that say less.
"""

from qpf.evolution.diff.facts.fact import Fact
from qpf.evolution.diff.judging.bounds import verdict
from qpf.evolution.diff.judging.rule import Rule, Setting, Verdict


def judge(fact: Fact, setting: Setting) -> Verdict | None:
    """Of the least value, which is one that fits."""
    del setting
    return verdict(fact, "minimum")


RULE = Rule("C001", "minimum-changed", ("constraint",), judge)
