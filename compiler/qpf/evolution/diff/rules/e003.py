"""A field is new that every document must have, and nothing says what it is where it is missing.

No document that lacks the field is valid any more, and only a person knows what each of them should say.
A `field_add` without a default does not help: it tells that the field is new, not what it is. Whether a
reader of the earlier schema accepts the field depends on whether the mapping was open to it.

Give the field a default and declare it (`field_add: section.field with default …`), or make it optional.
"""

from qpf.evolution.diff.facts.fact import Fact
from qpf.evolution.diff.judging import existence
from qpf.evolution.diff.judging.rule import Rule, Setting, Verdict
from qpf.evolution.places import written


def judge(fact: Fact, setting: Setting) -> Verdict | None:
    """Of fields that must be there and have no default."""
    del setting
    place = existence.new(fact)
    if not place.field.required or "default" in place.field.shape.words:
        return None
    return Verdict(
        "is new and must be there, and has no default",
        place.inside,
        place.outside,
        "manual",
        f"declare `field_add: {written(fact.path)} with default …` with a value that is right for every"
        " document, or do not require it",
    )


RULE = Rule("E003", "required-field-added", ("field-added",), judge)
