"""An optional field is new, and documents could hold anything in its place before.

The mapping was open, so that a document may already have a key of that name, with a value of another
type: what was ignored is now held to the field's schema, and has a meaning. No schema tells whether there
is such a document, so the strict answer is that not every valid one stays valid. A reader of the earlier
schema accepts the field as it accepts any other. Where other fields were held to a schema before (the
mapping was partially open), the field is compared with that, and only what differs is told.

Look for the key in your documents before you take the change, or close the mapping first.
"""

from qpf.evolution.diff.facts.fact import Fact
from qpf.evolution.diff.judging import existence
from qpf.evolution.diff.judging.rule import Rule, Setting, Verdict
from qpf.evolution.places import written
from qpf.model.schema_change import Weight


def judge(fact: Fact, setting: Setting) -> Verdict | None:
    """Of fields that need not be there, in a mapping that was open to them."""
    del setting
    place = existence.new(fact)
    if place.field.required or place.allowed is False:
        return None
    if place.inside == "yes":
        before = "any value" if place.allowed is True else "what it may be"
        message = f"is listed now{existence.unless(place.field)}; {before} could stand there before"
        return Verdict(message, "yes", place.outside)
    return Verdict(
        f"is new{existence.unless(place.field)}; before, anything could stand there",
        place.inside,
        place.outside,
        "manual",
        f"look for documents that have `{written(fact.path)}` already, with another meaning",
        Weight.DANGEROUS,
    )


RULE = Rule("E002", "optional-field-added-to-open", ("field-added",), judge)
