"""What a mapping asks of the names of its fields came, went, or changed.

Where `propertyNames` came, mappings with other names become invalid; where it went, readers of the earlier
schema refuse names that are fine now. Of one that changed, schemas cannot tell whether it takes the names
that the earlier one took: check every document.
"""

from qpf.evolution.diff.facts.fact import Fact
from qpf.evolution.diff.judging.bounds import verdict
from qpf.evolution.diff.judging.rule import Rule, Setting, Verdict


def judge(fact: Fact, setting: Setting) -> Verdict | None:
    """Of names of fields."""
    del setting
    return verdict(fact, "propertyNames")


RULE = Rule("C015", "property-names-changed", ("constraint",), judge)
