"""A field is gone as its deprecation announced.

Documents that still say it are invalid where the mapping is closed, but everybody was told, and the
version that was named is reached (or none was named). A migration takes what is left out of documents and
loses what it says; the migration's report keeps it.
"""

from qpf.evolution.diff.facts.fact import Fact
from qpf.evolution.diff.judging import existence, removal
from qpf.evolution.diff.judging.rule import Rule, Setting, Verdict
from qpf.model.schema_change import Weight


def judge(fact: Fact, setting: Setting) -> Verdict | None:
    """Of fields whose time has come."""
    place = existence.gone(fact)
    noticed = removal.notice(fact, setting)
    if place.field.shape.written or noticed is None or not noticed.due:
        return None
    when = f", as was announced for {noticed.version}" if noticed.version else ", and was deprecated before"
    return Verdict(
        f"is gone{when}{removal.instead(noticed)}",
        place.outside,
        place.inside,
        "lossy",
        removal.remedy(fact),
        Weight.SAFE,
    )


RULE = Rule("E007", "deprecated-field-removed", ("field-removed",), judge)
