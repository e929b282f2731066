"""The bound that a number must be below came, went, or moved.

It is stricter than `maximum` with the same value, since the bound itself does not fit; of whole numbers,
`exclusiveMaximum: 10` is the same as `maximum: 9`, and a change between the two is none. Keep the earlier
bound, or have a person change the documents that do not fit.
"""

from qpf.evolution.diff.facts.fact import Fact
from qpf.evolution.diff.judging.bounds import verdict
from qpf.evolution.diff.judging.rule import Rule, Setting, Verdict


def judge(fact: Fact, setting: Setting) -> Verdict | None:
    """Of the bound above, which does not fit itself."""
    del setting
    return verdict(fact, "exclusiveMaximum")


RULE = Rule("C004", "exclusive-maximum-changed", ("constraint",), judge)
