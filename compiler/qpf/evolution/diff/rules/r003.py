"""A field need not be there any more.

Every document stays valid. A reader of the earlier schema refuses new documents that leave the field out.
Where the field got a default at the same time, that is what it is where nobody says it: one edit, told
once. Nothing has to be done.
"""

from qpf.evolution.diff.facts.fact import Fact
from qpf.evolution.diff.judging import existence
from qpf.evolution.diff.judging.rule import Rule, Setting, Verdict


def judge(fact: Fact, setting: Setting) -> Verdict | None:
    """Of fields that become optional."""
    del setting
    assert fact.new_field is not None
    if fact.direction != "loosened":
        return None
    return Verdict(f"need not be there any more{existence.unless(fact.new_field)}", "yes", "no")


RULE = Rule("R003", "field-became-optional", ("required",), judge)
