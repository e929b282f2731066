"""A base, a sub-schema, an agent or an environment no longer sets a value.

What other layers say stays as it is; whoever said nothing has the default of the section from now on. If the
section has none, or other agents depend on what was there (a port, for instance), agents may not compile any
longer: that is breaking, as it is where no installed plugin knows the field. Otherwise agents compile, and
may do something else.

Set the value where something relies on it. If the field goes by another name now, declare that; if it is
gone for all documents, declare its removal.
"""

from qpf.evolution.diff.facts.fact import Fact
from qpf.evolution.diff.judging import existence, removal
from qpf.evolution.diff.judging.rule import Rule, Setting, Verdict
from qpf.evolution.places import written
from qpf.model.schema_change import Weight
from qpf.model.wording import show

_WHY = {
    "needed": "agents without it are refused",
    "shared": "other agents depend on it",
    "unknown": "no plugin says what agents do without it",
}


def judge(fact: Fact, setting: Setting) -> Verdict | None:
    """Of values that documents wrote."""
    if not existence.gone(fact).field.shape.written:
        return None
    path = written(fact.path)
    value = "" if fact.before is None else f"; it was `{show(fact.before)}`"
    told = f"is not set any more{value}"
    if removal.notice(fact, setting):
        return Verdict(f"{told}, and was deprecated", "yes", "yes", weight=Weight.SAFE)
    reliance = setting.reliance(fact.path)
    hint = f"set `{path}` wherever something relies on it"
    if reliance == "free":
        return Verdict(told, "yes", "yes", "lossy" if fact.declared else "none", hint, Weight.DANGEROUS)
    return Verdict(
        f"{told}, and {_WHY[reliance]}",
        "unknown",
        "yes",
        "lossy" if fact.declared else "manual",
        f"{hint}, or {removal.remedy(fact)}" if not fact.declared else "",
        Weight.BREAKING,
    )


RULE = Rule("E012", "value-not-set", ("field-removed",), judge)
