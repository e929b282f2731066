"""Compiling may take a step that it might not take before, or the other way round.

Forbidden, it refuses each document that speaks the step's version, or an earlier one, until somebody
rewrites it. Allowed, such documents are lifted in memory, and nobody looks at what came out.
"""

from qpf.evolution.diff.facts.fact import Fact
from qpf.evolution.diff.judging.rule import Rule, Setting, Verdict
from qpf.model.schema_change import Weight
from qpf.model.version import order


def judge(fact: Fact, setting: Setting) -> Verdict | None:
    """Of `auto_migrate`, in a step or for the whole fleet."""
    if fact.word != "auto_migrate" or not isinstance(fact.before, list) or not isinstance(fact.after, list):
        return None
    title, allowed = fact.after
    source = str(title).partition(" ")[0]
    if allowed:
        message = f"compiling takes the step {title} by itself now"
        return Verdict(
            message, "yes", "no", hint="look at what it makes of documents", weight=Weight.DANGEROUS
        )
    speaking = any(order(each) <= order(source) for each in setting.spoken)
    hint = "rewrite documents that speak the earlier version: `qpf migrate --write`"
    message = f"compiling does not take the step {title} by itself any longer"
    return Verdict(message, "no", "yes", "manual", hint, None if speaking else Weight.DANGEROUS)


RULE = Rule("L012", "auto-migrate-toggled", ("step",), judge)
