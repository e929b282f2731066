"""An optional field is new, and nothing could stand in its place before.

Every document stays valid, since none could say the field. A reader of the earlier schema refuses
documents that say it. Nothing has to be done; where the field has a default, that is what documents
mean from now on that do not say it.
"""

from qpf.evolution.diff.facts.fact import Fact
from qpf.evolution.diff.judging import existence
from qpf.evolution.diff.judging.rule import Rule, Setting, Verdict


def judge(fact: Fact, setting: Setting) -> Verdict | None:
    """Of fields that need not be there, in a mapping that was closed to them."""
    del setting
    place = existence.new(fact)
    if place.field.required or place.allowed is not False:
        return None
    return Verdict(f"is new{existence.unless(place.field)}", "yes", place.outside)


RULE = Rule("E001", "optional-field-added", ("field-added",), judge)
