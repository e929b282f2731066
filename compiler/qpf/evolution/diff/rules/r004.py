"""A field may be null.

Every document stays valid. A reader of the earlier schema refuses null, and code that reads the field
has to know what it means. Null is not the same as leaving the field out: no default takes its place.
"""

from qpf.evolution.diff.facts.fact import Fact
from qpf.evolution.diff.judging.rule import Rule, Setting, Verdict


def judge(fact: Fact, setting: Setting) -> Verdict | None:
    """Of fields that null fits, too."""
    del setting
    return Verdict("may be null now", "yes", "no") if fact.direction == "loosened" else None


RULE = Rule("R004", "field-became-nullable", ("null",), judge)
