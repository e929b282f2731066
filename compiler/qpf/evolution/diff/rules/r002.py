"""A field must be there now, and a default says what it is where it is missing.

A validator does not fill in defaults, so that documents that leave the field out are invalid as they are.
Once the default is declared in a migration, it stands wherever nobody says the field, and nothing is
lost. A reader of the earlier schema accepts every new document.

Declare it: `field_add: section.field with default …`.
"""

from qpf.evolution.diff.facts.fact import Fact
from qpf.evolution.diff.judging import existence
from qpf.evolution.diff.judging.rule import Rule, Setting, Verdict


def judge(fact: Fact, setting: Setting) -> Verdict | None:
    """Of fields with a default that become required."""
    del setting
    assert fact.new_field is not None
    if fact.direction != "tightened" or "default" not in fact.new_field.shape.words:
        return None
    unless = existence.unless(fact.new_field)
    return Verdict(
        f"must be there now{unless}", "no", "yes", "lossless", existence.addition(fact, fact.new_field)
    )


RULE = Rule("R002", "field-became-required-with-default", ("required",), judge)
