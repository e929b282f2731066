"""A field is gone earlier than its deprecation said.

Its deprecation named a version that it would be there until, and people rely on that. A migration could
take the field out of documents, but would not make the promise good, so that a person must decide. Where
it is not known which version the schema speaks, nobody can tell that the time has come.

Bring the field back until then; or say the version, where it is only that (`x-schema-version` in a JSON
Schema, `schema_version` in a fleet).
"""

from qpf.evolution.diff.facts.fact import Fact
from qpf.evolution.diff.judging import existence, removal
from qpf.evolution.diff.judging.rule import Rule, Setting, Verdict
from qpf.model.schema_change import Weight


def judge(fact: Fact, setting: Setting) -> Verdict | None:
    """Of fields whose time has not come."""
    place = existence.gone(fact)
    noticed = removal.notice(fact, setting)
    if place.field.shape.written or noticed is None or noticed.due:
        return None
    now = f"this is {setting.new}" if setting.new else "this schema does not say its version"
    if setting.new and noticed.due is None:
        now = f"that cannot be told from {setting.new}"
    return Verdict(
        f"is gone, and was to stay until {noticed.version}: {now}{removal.instead(noticed)}",
        place.outside,
        place.inside,
        "manual",
        f"keep it until {noticed.version}"
        if setting.new
        else "say the version of the schema: `x-schema-version: …`",
        Weight.BREAKING,
    )


RULE = Rule("E008", "field-removed-early", ("field-removed",), judge)
