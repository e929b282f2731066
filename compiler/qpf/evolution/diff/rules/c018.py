"""A list of values has fewer of them.

Documents that say one of the values that are gone become invalid. Map each to one that is left with a
`value_map`, or keep it and tell people not to use it.
"""

from qpf.evolution.diff.facts.fact import Fact
from qpf.evolution.diff.judging.listings import case, changed, mapping, named
from qpf.evolution.diff.judging.rule import Rule, Setting, Verdict


def judge(fact: Fact, setting: Setting) -> Verdict | None:
    """Of values that are gone."""
    del setting

    if case(fact) != "C018":
        return None
    gone, _ = changed(fact)
    left = fact.after[0] if fact.after else "…"
    hint = f"keep it, or say what it becomes: {mapping(fact, [(each, left) for each in gone])}"
    return Verdict(f"may not be {named(gone)} any more", "no", "yes", "manual", hint)


RULE = Rule("C018", "value-removed", ("enum",), judge)
