"""A field takes values of other types, which cannot be made of the earlier ones.

Documents that say what was asked become invalid, and readers of the earlier schema refuse what is asked
now. No operation knows what a whole number means as a truth value: give the new form a name of its own, and
deprecate the earlier field, so that people can say both for a while.
"""

from qpf.evolution.diff.facts.fact import Fact
from qpf.evolution.diff.judging.rule import Rule, Setting, Verdict
from qpf.evolution.diff.judging.type_changes import case, changed, remedy


def judge(fact: Fact, setting: Setting) -> Verdict | None:
    """Of types that are others, alone or in part."""
    del setting

    if case(fact) != "T003":
        return None
    return Verdict(changed(fact), "no", "no", "manual", remedy(fact))


RULE = Rule("T003", "type-replaced", ("type",), judge)
