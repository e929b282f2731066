"""Schemas need each other in a circle, and did not before.

Nothing can be composed, or extracted, before itself: the fleet does not compile. Take one of the
references away, or move what both need into a third schema.
"""

from qpf.evolution.diff.facts.fact import Fact
from qpf.evolution.diff.judging.rule import Rule, Setting, Verdict


def judge(fact: Fact, setting: Setting) -> Verdict | None:
    """Of sub-schemas that bring each other along, and of agents that need each other."""
    del setting
    if fact.word != "cycle" or not isinstance(fact.after, list):
        return None
    around = " → ".join(str(each) for each in fact.after)
    hint = "take one of the references away, or move what both need into a third schema"
    return Verdict(f"closes a circle: {around}", "no", "no", "manual", hint)


RULE = Rule("X006", "cycle-introduced", ("reference",), judge)
