"""Whether a list may hold an item twice changed.

Where `uniqueItems` came, documents that hold one twice become invalid; where it went, readers of the
earlier schema, which may make a set of the list, refuse or lose items. Leave it out, or have a person take
the doubles out of the documents.
"""

from qpf.evolution.diff.facts.fact import Fact
from qpf.evolution.diff.judging.bounds import verdict
from qpf.evolution.diff.judging.rule import Rule, Setting, Verdict


def judge(fact: Fact, setting: Setting) -> Verdict | None:
    """Of items that may not be there twice."""
    del setting
    return verdict(fact, "uniqueItems")


RULE = Rule("C011", "unique-items-changed", ("constraint",), judge)
