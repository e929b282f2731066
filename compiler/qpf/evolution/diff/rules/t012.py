"""Whether a mapping may hold fields that nothing lists changed.

A mapping that was open and is closed refuses documents with fields of their own; one that was closed and is
open takes what readers of the earlier schema refuse, and no longer finds misspelt names. Partially open is
between the two: other fields may be there, and are held to something. What becomes of the fields that are
listed is told on its own.
"""

from qpf.evolution.diff.facts.fact import Fact
from qpf.evolution.diff.judging.rule import Rule, Setting, Verdict


def judge(fact: Fact, setting: Setting) -> Verdict | None:
    """Of fields that nothing lists."""
    del setting

    message = f"was {fact.before} to fields that nothing lists, and is {fact.after} now"
    if fact.direction == "loosened":
        return Verdict(message, "yes", "no")
    hint = "list every field that documents say, or leave the mapping open"
    return Verdict(message, "no", "yes", "manual", hint)


RULE = Rule("T012", "openness-changed", ("openness",), judge)
