"""A field has a default that its own schema does not admit.

Whoever fills in the default makes the document invalid, so that leaving the field out is an error that
nobody sees before. It is told where the default or the schema came to be so, and of defaults that a
migration gives (`field_add`), which every document would get.

Make the default a value that fits, or let the schema admit it.
"""

from qpf.evolution.diff.facts.defaults import INVALID
from qpf.evolution.diff.facts.fact import Fact
from qpf.evolution.diff.judging.rule import Rule, Setting, Verdict
from qpf.model.schema_change import Weight
from qpf.model.wording import show


def judge(fact: Fact, setting: Setting) -> Verdict | None:
    """Of defaults that do not fit."""
    del setting
    if fact.word != INVALID:
        return None
    whose = "the default that is declared for it" if fact.declared else "its default"
    return Verdict(
        f"{whose}, `{show(fact.after)}`, is none of the values that it may have",
        "yes",
        "yes",
        "manual",
        "make the default a value that fits",
        Weight.BREAKING,
    )


RULE = Rule("D004", "default-invalid", ("default",), judge)
