"""A file of constraints is new, is gone, or asks something else.

What a constraint asks across fields cannot be told from its text: a new or changed one may refuse documents
that were valid, and one that is gone refuses none. Comments and layout are no change.

Run `qpf validate` over the fleet: it holds every document to the constraints.
"""

from qpf.evolution.diff.facts.fact import Fact
from qpf.evolution.diff.judging.rule import Rule, Setting, Verdict
from qpf.model.schema_change import Weight

_HINT = "run `qpf validate`: it holds every document to the constraints"


def judge(fact: Fact, setting: Setting) -> Verdict | None:
    """Of any file of constraints."""
    del setting
    match fact.direction:
        case "added":
            return Verdict("is new", "unknown", "yes", "manual", _HINT)
        case "removed":
            return Verdict("is gone", "yes", "unknown", hint=_HINT, weight=Weight.DANGEROUS)
    return Verdict("asks something else", "unknown", "unknown", "manual", _HINT)


RULE = Rule("C022", "constraint-file-changed", ("constraint-file",), judge)
