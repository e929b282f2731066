"""Exactly one form must fit, and it is not certain that a value fits one only.

`oneOf` refuses a value that fits two of its forms. Where forms differ that are not told apart by a type or
a constant, a document may fit two of them now, or may have before: schemas cannot tell. Give each form a
field with a constant of its own, or use `anyOf`.
"""

from qpf.evolution.diff.facts.fact import Fact
from qpf.evolution.diff.judging.rule import Rule, Setting, Verdict
from qpf.model.schema_change import Answer


def judge(fact: Fact, setting: Setting) -> Verdict | None:
    """Of unions of which exactly one branch must fit."""
    del setting

    backward: Answer = "unknown" if fact.after else "yes"
    forward: Answer = "unknown" if fact.before else "yes"
    if fact.after:
        hint = "give each form a required field with another constant, or use `anyOf`"
        return Verdict("may fit two forms of which exactly one must fit", backward, forward, "manual", hint)
    return Verdict("may fit several forms now, of which exactly one had to fit", backward, forward)


RULE = Rule("S003", "branches-overlap", ("branches-overlap",), judge)
