"""The same values are listed in another order.

The order means nothing to validators. Tools that offer values to choose from show them in that order.
"""

from qpf.evolution.diff.facts.fact import Fact
from qpf.evolution.diff.judging.listings import named
from qpf.evolution.diff.judging.rule import Rule, Setting, Verdict
from qpf.model.schema_change import Weight


def judge(fact: Fact, setting: Setting) -> Verdict | None:
    """Of lists of the same values."""
    del setting

    if fact.word != "enum":
        return None
    message = f"values are listed as {named(fact.after)} instead of {named(fact.before)}"
    return Verdict(message, "yes", "yes", weight=Weight.ANNOTATION)


RULE = Rule("A002", "order-of-values-changed", ("annotation",), judge)
