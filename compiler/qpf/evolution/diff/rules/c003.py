"""The bound that a number must be above came, went, or moved.

It is stricter than `minimum` with the same value, since the bound itself does not fit; of whole numbers,
`exclusiveMinimum: 0` is the same as `minimum: 1`, and a change between the two is none. Draft 4 writes it as
`exclusiveMinimum: true` beside `minimum`. Keep the earlier bound, or have a person change the documents
that do not fit.
"""

from qpf.evolution.diff.facts.fact import Fact
from qpf.evolution.diff.judging.bounds import verdict
from qpf.evolution.diff.judging.rule import Rule, Setting, Verdict


def judge(fact: Fact, setting: Setting) -> Verdict | None:
    """Of the bound below, which does not fit itself."""
    del setting
    return verdict(fact, "exclusiveMinimum")


RULE = Rule("C003", "exclusive-minimum-changed", ("constraint",), judge)
