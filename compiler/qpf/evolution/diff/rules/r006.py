"""What must be there beside a field, where that field is there, is another.

`dependentRequired` asks for fields only in documents that say another one. Where it asks for more,
documents that were valid may lack what it asks for; where it asks for less, a reader of the earlier schema
may miss it. Fields that must be there anyway do not count. Where `dependencies` hold schemas, what
documents must fit cannot be told here.

Add what is asked for to the documents that say the field, or do not ask for it.
"""

from collections.abc import Mapping

from qpf.evolution.diff.facts.fact import Fact
from qpf.evolution.diff.judging.rule import Rule, Setting, Verdict
from qpf.evolution.diff.shapes.shape import Shape
from qpf.model.node import Data
from qpf.model.schema_change import Answer


def judge(fact: Fact, setting: Setting) -> Verdict | None:
    """Of what fields ask for."""
    del setting
    assert fact.old is not None
    assert fact.new is not None
    before, after = fact.before or {}, fact.after or {}
    if not all(isinstance(each, dict) for each in (before, after)) or not all(
        isinstance(names, list) for names in (*before.values(), *after.values())
    ):
        return Verdict(
            "asks for other things beside its fields",
            "unknown",
            "unknown",
            "manual",
            "try the documents that say these fields",
        )
    more, less = _beyond(after, before, fact.old), _beyond(before, after, fact.new)
    said = [f"{name} asks for {', '.join(sorted(names))} now" for name, names in sorted(more.items())]
    said += [
        f"{name} does not ask for {', '.join(sorted(names))} any more" for name, names in sorted(less.items())
    ]
    wanted = ", ".join(sorted(set().union(*more.values())))
    return Verdict(
        "; ".join(said) or "asks for what must be there anyway",
        _none(more),
        _none(less),
        "manual" if more else "none",
        f"add {wanted} to documents that say {', '.join(sorted(more))}" if more else "",
    )


def _beyond(these: Mapping[str, Data], those: Mapping[str, Data], other: Shape) -> dict[str, set[str]]:
    """What these fields ask for that the other ones do not, and that need not be there anyway.

    Args:
        these: What fields ask for.
        those: What they ask for in the other schema.
        other: The other schema.
    """
    must = {name for name, field in other.fields.items() if field.required}
    found = {name: set(asked) - set(those.get(name, ())) - must - {name} for name, asked in these.items()}
    there = {name for name in found if name in other.fields or other.extra is not False or other.patterns}
    return {name: asked for name, asked in found.items() if asked and name in there}


def _none(asked: Mapping[str, set[str]]) -> Answer:
    return "no" if asked else "yes"


RULE = Rule("R006", "conditional-requirement-changed", ("dependency",), judge)
