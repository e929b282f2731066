"""A breaking step does not wait for a person's approval any longer, or does now.

Documents are what they were. Without `require_manual_review` a step that drops or rewrites values is
taken by whoever compiles.
"""

from qpf.evolution.diff.facts.fact import Fact
from qpf.evolution.diff.judging.rule import Rule, Setting, Verdict
from qpf.model.schema_change import Weight


def judge(fact: Fact, setting: Setting) -> Verdict | None:
    """Of `require_manual_review`, in a step or for the whole fleet."""
    del setting
    if fact.word != "require_manual_review" or not isinstance(fact.after, list):
        return None
    title, reviewed = fact.after
    if reviewed:
        return Verdict(f"the step {title} waits for an approval now, if it breaks something", "yes", "yes")
    message = f"the step {title} does not wait for an approval any longer"
    hint = "keep `require_manual_review: true`, or let those agree who approve migrations"
    return Verdict(message, "yes", "yes", hint=hint, weight=Weight.DANGEROUS)


RULE = Rule("L013", "review-removed", ("step",), judge)
