"""What a list must hold among its items, or how often, changed.

Where `contains` came, lists without such an item become invalid; where it went, readers of the earlier
schema refuse lists that are fine now. `minContains` and `maxContains` are bounds like others; without them,
one such item is enough. Of a `contains` that asks for something else now, schemas cannot tell which lists
hold it: check every document. A reference in it counts as what it leads to.
"""

from qpf.evolution.diff.facts.fact import Fact
from qpf.evolution.diff.judging.bounds import verdict
from qpf.evolution.diff.judging.rule import Rule, Setting, Verdict


def judge(fact: Fact, setting: Setting) -> Verdict | None:
    """Of items that must be among those of a list."""
    del setting
    return verdict(fact, "contains", "minContains", "maxContains")


RULE = Rule("C014", "contains-changed", ("constraint",), judge)
