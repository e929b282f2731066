"""Whether a field is for reading only changed.

Validators take documents as before. Tools that write may refuse or drop a value that is for reading only, so
look at what writes the field.
"""

from qpf.evolution.diff.facts.fact import Fact
from qpf.evolution.diff.judging.rule import Rule, Setting, Verdict
from qpf.model.schema_change import Weight


def judge(fact: Fact, setting: Setting) -> Verdict | None:
    """Of fields that only their owner writes."""
    del setting

    if fact.word != "readOnly":
        return None
    if fact.after is True:
        hint = "have documents leave it out: what owns the field writes it"
        return Verdict("is for reading only now", "yes", "yes", "none", hint, Weight.DANGEROUS)
    return Verdict("may be written now", "yes", "yes", weight=Weight.SAFE)


RULE = Rule("A003", "read-only-changed", ("annotation",), judge)
