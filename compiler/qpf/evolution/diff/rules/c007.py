"""The greatest length of a text came, went, or moved.

Where it came or was lowered, documents with longer texts become invalid; where it went or was raised,
readers of the earlier schema refuse texts that are fine now, and what stores them may cut them off. Keep
the earlier bound, or have a person shorten the documents' texts.
"""

from qpf.evolution.diff.facts.fact import Fact
from qpf.evolution.diff.judging.bounds import verdict
from qpf.evolution.diff.judging.rule import Rule, Setting, Verdict


def judge(fact: Fact, setting: Setting) -> Verdict | None:
    """Of the greatest length of a text."""
    del setting
    return verdict(fact, "maxLength")


RULE = Rule("C007", "max-length-changed", ("constraint",), judge)
