"""How a number is kept changed: in 32 or 64 bits, exactly or with a float's precision.

`format: int32` instead of `int64` makes great numbers too great for readers that hold to it, and `float`
instead of `double` loses digits; validators need not look at formats, so whether a document is refused is
unknown. Wider is safe for documents, and unknown for readers of the earlier schema. Check the greatest
values that documents say.
"""

from qpf.evolution.diff.facts.fact import Fact
from qpf.evolution.diff.judging.formats import of_numbers, verdict
from qpf.evolution.diff.judging.rule import Rule, Setting, Verdict


def judge(fact: Fact, setting: Setting) -> Verdict | None:
    """Of formats of numbers."""
    del setting

    if not of_numbers(fact):
        return None
    return verdict(fact, "check that every number in documents is one that the new format can hold")


RULE = Rule("T006", "number-range-changed", ("constraint",), judge)
