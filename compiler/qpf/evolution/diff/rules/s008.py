"""What a schema asks under a condition came, went, or changed.

`if`, `not` and `dependentSchemas` ask something of some documents only, and which those are cannot be told
from the schemas. One that came refuses nothing new to readers of the earlier schema; one that went leaves
every document valid; of one that changed, both answers are unknown. A reference in it counts as what it
leads to. What `unevaluatedItems` and `unevaluatedProperties` ask is asked of whatever nothing else is about,
so it differs wherever the rest does.
"""

from qpf.evolution.diff.facts.fact import Fact
from qpf.evolution.diff.judging.rule import Rule, Setting, Verdict


def judge(fact: Fact, setting: Setting) -> Verdict | None:
    """Of conditions."""
    del setting

    if fact.direction == "removed":
        return Verdict(f"`{fact.word}` asks nothing any more", "yes", "unknown")
    came = fact.direction == "added"
    message = f"`{fact.word}` asks something now" if came else f"`{fact.word}` asks something else now"
    hint = "check every document against the new schema"
    return Verdict(message, "unknown", "yes" if came else "unknown", "manual", hint)


RULE = Rule("S008", "condition-changed", ("condition",), judge)
