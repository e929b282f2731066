"""The least length of a text came, went, or moved.

Where it came or was raised, documents with shorter texts become invalid; where it went or was lowered,
readers of the earlier schema refuse texts that are fine now. `minLength: 0` asks nothing and is no change.
Keep the earlier bound, or have a person change the documents that say less.
"""

from qpf.evolution.diff.facts.fact import Fact
from qpf.evolution.diff.judging.bounds import verdict
from qpf.evolution.diff.judging.rule import Rule, Setting, Verdict


def judge(fact: Fact, setting: Setting) -> Verdict | None:
    """Of the least length of a text."""
    del setting
    return verdict(fact, "minLength")


RULE = Rule("C006", "min-length-changed", ("constraint",), judge)
