"""An optional field is new, and nothing could stand in its place before.

Every document stays valid, since none could say the field. A reader of the earlier schema refuses
documents that say it. Nothing has to be done; where the field has a default, that is what documents
mean from now on that do not say it.
"""

from qpf.evolution.diff.fact import Fact
from qpf.evolution.diff.objects import content
from qpf.evolution.diff.rule import Rule, Setting, Verdict
from qpf.model.wording import show


def judge(fact: Fact, setting: Setting) -> Verdict | None:
    """Of fields that need not be there, in a mapping that was closed to them."""
    del setting
    assert fact.old is not None
    assert fact.new_field is not None
    if fact.new_field.required or content(fact.old, fact.word) is not False:
        return None
    value = "" if fact.after is None else f", `{show(fact.after)}` unless somebody says else"
    return Verdict(f"is new{value}", "yes", "no")


RULE = Rule("E001", "optional-field-added", ("field-added",), judge)
