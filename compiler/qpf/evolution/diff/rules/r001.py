"""A field must be there now, and nothing says what it is where it is missing.

Documents that leave the field out were valid and are not any more, and only a person knows what each of
them should say. A reader of the earlier schema accepts every new document.

Give the field a default and declare it (`field_add: section.field with default …`), or leave it optional.
"""

from qpf.evolution.diff.facts.fact import Fact
from qpf.evolution.diff.judging.rule import Rule, Setting, Verdict
from qpf.evolution.places import written


def judge(fact: Fact, setting: Setting) -> Verdict | None:
    """Of fields without a default that become required."""
    del setting
    assert fact.new_field is not None
    if fact.direction != "tightened" or "default" in fact.new_field.shape.words:
        return None
    return Verdict(
        "must be there now, and has no default",
        "no",
        "yes",
        "manual",
        f"declare `field_add: {written(fact.path)} with default …` with a value that is right for every"
        " document, or leave it optional",
    )


RULE = Rule("R001", "field-became-required", ("required",), judge)
