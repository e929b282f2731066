"""A field is gone and one beside it is new that is probably the same, and nobody declared it.

The two may hold the same, and are called much alike or have the same telling default. To documents it is
a removal and an addition: what they say by the old name is lost, or invalid. Where two fields are as
likely, nothing is guessed. What else differs between the two fields is told on its own.

If it is a rename, declare it, and every document is carried over; if it is not, declare that the one is
removed and the other one added.
"""

from qpf.evolution.diff.facts.fact import Fact
from qpf.evolution.diff.judging import existence
from qpf.evolution.diff.judging.rule import Rule, Setting, Verdict


def judge(fact: Fact, setting: Setting) -> Verdict | None:
    """Of fields that are probably renamed."""
    del setting
    if fact.declared is not None:
        return None
    return existence.probably(fact, f"was probably called `{fact.before}`, which is gone", "field_rename")


RULE = Rule("E010", "field-probably-renamed", ("field-renamed",), judge)
