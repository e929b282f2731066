"""A field has a default where it had none.

Every document stays valid, but those that leave the field out mean something from now on that they did
not mean before, and nobody sees that in them.

Look at what stood in for the field before; where documents should keep that, let them say it.
"""

from qpf.evolution.diff.facts.defaults import INVALID
from qpf.evolution.diff.facts.fact import Fact
from qpf.evolution.diff.judging.rule import Rule, Setting, Verdict
from qpf.evolution.places import written
from qpf.model.schema_change import Weight
from qpf.model.wording import show


def judge(fact: Fact, setting: Setting) -> Verdict | None:
    """Of defaults that are new."""
    del setting
    if fact.direction != "added" or fact.word == INVALID:
        return None
    return Verdict(
        f"is `{show(fact.after)}` now where nobody says it",
        "yes",
        "yes",
        hint=f"say `{written(fact.path)}` in documents that should not be `{show(fact.after)}`",
        weight=Weight.DANGEROUS,
    )


RULE = Rule("D001", "default-added", ("default",), judge)
