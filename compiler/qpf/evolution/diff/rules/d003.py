"""A field has another default, or a base, a sub-schema or an agent sets another value.

Every document stays valid, and every one that leaves the field out behaves otherwise from now on, which
nobody sees in it. A reader of the earlier schema still fills in the old value.

Write the old value into documents that rely on it, before they meet the new one.
"""

from qpf.evolution.diff.facts.defaults import INVALID
from qpf.evolution.diff.facts.fact import Fact
from qpf.evolution.diff.judging.rule import Rule, Setting, Verdict
from qpf.evolution.places import written
from qpf.model.schema_change import Weight
from qpf.model.wording import show


def judge(fact: Fact, setting: Setting) -> Verdict | None:
    """Of defaults that are other values now."""
    del setting
    if fact.direction != "changed" or fact.word == INVALID:
        return None
    where = " where nobody says it" if fact.new is not None and not fact.new.written else ""
    return Verdict(
        f"is `{show(fact.after)}` now{where}, and was `{show(fact.before)}`",
        "yes",
        "yes",
        hint=f"say `{written(fact.path)}: {show(fact.before)}` in documents that rely on it",
        weight=Weight.DANGEROUS,
    )


RULE = Rule("D003", "default-changed", ("default",), judge)
