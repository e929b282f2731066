"""A field is new that every document must have, and a default says what it is where it is missing.

A validator does not fill in defaults, so that documents without the field are invalid as they are. Once
the default is declared in a migration, it stands wherever nobody says the field, and nothing is lost.
Whether a reader of the earlier schema accepts the field depends on whether the mapping was open to it.

Declare it: `field_add: section.field with default …`.
"""

from qpf.evolution.diff.facts.fact import Fact
from qpf.evolution.diff.judging import existence
from qpf.evolution.diff.judging.rule import Rule, Setting, Verdict


def judge(fact: Fact, setting: Setting) -> Verdict | None:
    """Of fields that must be there and have a default."""
    del setting
    place = existence.new(fact)
    if not place.field.required or "default" not in place.field.shape.words:
        return None
    return Verdict(
        f"is new and must be there{existence.unless(place.field)}",
        place.inside,
        place.outside,
        "lossless",
        existence.addition(fact, place.field),
    )


RULE = Rule("E004", "required-field-added-with-default", ("field-added",), judge)
