"""A value is no secret any longer, and will be shown.

Tools mask what a schema marks as secret (`x-secret`, `writeOnly`) in logs, plans and comparisons. Without
the mark they print it, and what was printed once is known. Put the mark back, or rotate what it was about.
"""

from qpf.evolution.diff.facts.fact import Fact
from qpf.evolution.diff.judging.rule import PolicyRule
from qpf.model.merge import Fixed, Tighten
from qpf.model.schema_change import Effect


def judge(fact: Fact, strategy: Tighten | Fixed) -> Effect | None:
    """Of fields that were marked, by either word."""
    del strategy
    return "loosens" if fact.before is True and fact.after is not True else None


RULE = PolicyRule("P010", "secret-shown", ("secret",), judge)
