"""A field is gone, and documents that say it stay valid, though it means nothing any more.

The mapping is open, so that nobody is told: a value that was checked is ignored from now on, and a
misspelt one is as good as a right one. Where other fields are held to a schema (the mapping is partially
open), the field is compared with that, and only what differs is told. A reader of the earlier schema may
meet anything under that name.

Deprecate a field first, and look where documents say it; declare the removal, so that it is taken out.
"""

from qpf.evolution.diff.facts.fact import Fact
from qpf.evolution.diff.judging import existence, removal
from qpf.evolution.diff.judging.rule import Rule, Setting, Verdict
from qpf.model.schema_change import Weight


def judge(fact: Fact, setting: Setting) -> Verdict | None:
    """Of fields that were never deprecated, in a mapping that is open to them."""
    place = existence.gone(fact)
    if place.field.shape.written or removal.notice(fact, setting) or place.allowed is False:
        return None
    if place.allowed is not True:
        message = f"is not listed any more{removal.was(fact)}; it is held to what any other field may be"
        return Verdict(message, place.outside, place.inside)
    return Verdict(
        f"is gone{removal.was(fact)}, and what stands there is not checked any more; it was never deprecated",
        place.outside,
        place.inside,
        "lossy",
        removal.remedy(fact),
        Weight.DANGEROUS,
    )


RULE = Rule("E006", "field-removed-from-open", ("field-removed",), judge)
