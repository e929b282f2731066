"""A field takes values of fewer types than before.

Documents that say a value of a type that is gone become invalid; readers of the earlier schema know all that
documents may say now. A `number` that becomes an `integer` refuses 0.5 and still takes 1.0. Go on taking the
earlier types, or have a person change the documents.
"""

from qpf.evolution.diff.facts.fact import Fact
from qpf.evolution.diff.judging.rule import Rule, Setting, Verdict
from qpf.evolution.diff.judging.type_changes import case, changed, remedy


def judge(fact: Fact, setting: Setting) -> Verdict | None:
    """Of types that are fewer than before."""
    del setting

    if case(fact) != "T002":
        return None
    return Verdict(changed(fact), "no", "yes", "manual", remedy(fact))


RULE = Rule("T002", "type-narrowed", ("type",), judge)
