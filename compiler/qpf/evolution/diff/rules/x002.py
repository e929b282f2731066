"""The bases that a sub-schema fits changed.

An agent may only compose a sub-schema together with a base that it names; one that names none fits any.
A base taken from the list breaks each agent that composes the two; one that is added breaks none.
"""

from qpf.evolution.diff.facts.fact import Fact
from qpf.evolution.diff.judging.rule import Rule, Setting, Verdict
from qpf.model.node import Data
from qpf.model.wording import show


def judge(fact: Fact, setting: Setting) -> Verdict | None:
    """Of `parent_base`."""
    del setting
    if fact.word != "parent_base":
        return None
    before, after = ({*each} if isinstance(each, list) else set() for each in (fact.before, fact.after))
    narrower, wider = _within(after, before), _within(before, after)
    shown = [f"`{show(sorted(each))}`" if each else "any base" for each in (before, after)]
    missing = ", ".join(f"`{each}`" for each in sorted(before - after)) or "it empty"
    return Verdict(
        f"fits {shown[1]}, and fitted {shown[0]}",
        "yes" if wider else "no",
        "yes" if narrower else "no",
        "none" if wider else "manual",
        ""
        if wider
        else f"leave {missing} in `parent_base`, or see that no agent composes it with another base",
    )


def _within(some: set[Data], others: set[Data]) -> bool:
    """Whether everything that fits some fits others."""
    return not others or (bool(some) and some <= others)


RULE = Rule("X002", "bases-changed", ("reference",), judge)
