"""A single value became a mapping or a list, or the other way round.

Documents are invalid as they stand, and new ones for readers of the earlier schema. A value is put into a
list, and the only one taken out of it, by a declared `type_change`. Into a mapping it goes only with a name:
give the mapping another name than the value had, and declare where the value goes.
"""

from qpf.evolution.diff.facts.fact import Fact
from qpf.evolution.diff.judging.rule import Rule, Setting, Verdict
from qpf.evolution.diff.judging.type_changes import case, changed
from qpf.evolution.places import written


def judge(fact: Fact, setting: Setting) -> Verdict | None:
    """Of single values on one side, and mappings or lists on the other."""
    del setting

    if case(fact) != "T005":
        return None
    path = written(fact.path)
    if fact.after == ["array"]:
        hint = f"if the value is the only item, declare `type_change: {{path: {path}, to: list}}`"
    elif fact.before == ["array"]:
        hint = f"if there is one item at most, declare `type_change: {{path: {path}, to: item}}`"
    else:
        hint = f"keep `{path}` as it is, and give the new form another name, to which `field_move` can lead"
    return Verdict(changed(fact), "no", "no", "manual", hint)


RULE = Rule("T005", "type-structured", ("type",), judge)
