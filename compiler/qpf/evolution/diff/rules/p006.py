"""A governed field may hold looser values than before, or need no longer be there.

No value changed yet. But what would have been refused as too loose is accepted now, and the next
document may say it. Keep the bound, or let somebody agree who answers for the agents.
"""

from qpf.evolution.diff.facts.fact import Fact
from qpf.evolution.diff.judging.rule import PolicyRule
from qpf.evolution.diff.judging.widening import KINDS, widened
from qpf.model.merge import Fixed, Tighten
from qpf.model.schema_change import Effect


def judge(fact: Fact, strategy: Tighten | Fixed) -> Effect | None:
    """Of whatever a schema says about a governed field."""
    return "loosens" if widened(fact, strategy) == "loosens" else None


RULE = PolicyRule("P006", "governed-range-widened", KINDS, judge)
