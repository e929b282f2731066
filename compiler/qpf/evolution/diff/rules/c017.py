"""A list of values has more of them.

Every document stays valid. Readers of the earlier schema refuse the new values, and code that handles each
value on its own has no branch for them: release readers first.
"""

from qpf.evolution.diff.facts.fact import Fact
from qpf.evolution.diff.judging.listings import case, changed, named
from qpf.evolution.diff.judging.rule import Rule, Setting, Verdict


def judge(fact: Fact, setting: Setting) -> Verdict | None:
    """Of values that came."""
    del setting

    if case(fact) != "C017":
        return None
    return Verdict(f"may be {named(changed(fact)[1])}, too", "yes", "no")


RULE = Rule("C017", "value-added", ("enum",), judge)
