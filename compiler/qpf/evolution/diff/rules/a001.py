"""What a schema tells people changed: a title, a description, a comment or an example.

It means nothing to validators or readers. Read it all the same: a description that says something else may
be the only trace of a meaning that changed.
"""

from qpf.evolution.diff.facts.fact import Fact
from qpf.evolution.diff.judging.rule import Rule, Setting, Verdict
from qpf.evolution.diff.shapes.shape import ANNOTATIONS
from qpf.model.schema_change import Weight
from qpf.model.wording import show


def judge(fact: Fact, setting: Setting) -> Verdict | None:
    """Of words that are for people."""
    del setting

    if fact.word not in ANNOTATIONS:
        return None
    if fact.before is None:
        message = f"has the {fact.word} `{show(fact.after)}`"
    elif fact.after is None:
        message = f"has no {fact.word} any more; it was `{show(fact.before)}`"
    else:
        message = f"{fact.word} `{show(fact.before)}` → `{show(fact.after)}`"
    return Verdict(message, "yes", "yes", weight=Weight.ANNOTATION)


RULE = Rule("A001", "documentation-changed", ("annotation",), judge)
