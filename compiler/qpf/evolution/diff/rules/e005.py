"""A field is gone, and nothing may stand in its place.

The mapping is closed, so that every document that says the field is invalid now. What it says can only be
dropped: a migration may do that with consent, and loses the value. A reader of the earlier schema accepts
new documents if the field was optional. Nobody was warned: the field was never deprecated.

Deprecate a field first (`field_deprecated: section.field (will be removed in 7.0.0)`), and remove it with
the version that was named. If it goes by another name now, declare that instead.
"""

from qpf.evolution.diff.facts.fact import Fact
from qpf.evolution.diff.judging import existence, removal
from qpf.evolution.diff.judging.rule import Rule, Setting, Verdict


def judge(fact: Fact, setting: Setting) -> Verdict | None:
    """Of fields that were never deprecated, in a mapping that is closed to them."""
    place = existence.gone(fact)
    if place.field.shape.written or removal.notice(fact, setting) or place.allowed is not False:
        return None
    return Verdict(
        f"is gone{removal.was(fact)}; it was never deprecated",
        place.outside,
        place.inside,
        "lossy",
        removal.remedy(fact),
    )


RULE = Rule("E005", "field-removed", ("field-removed",), judge)
