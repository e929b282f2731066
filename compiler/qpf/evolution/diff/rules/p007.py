"""A governed field may no longer hold what is too loose, or has to be there.

What was accepted is refused from now on: whether a document breaks by that, the rule about the
constraint itself says.
"""

from qpf.evolution.diff.facts.fact import Fact
from qpf.evolution.diff.judging.rule import PolicyRule
from qpf.evolution.diff.judging.widening import KINDS, widened
from qpf.model.merge import Fixed, Tighten
from qpf.model.schema_change import Effect


def judge(fact: Fact, strategy: Tighten | Fixed) -> Effect | None:
    """Of whatever a schema says about a governed field."""
    return "tightens" if widened(fact, strategy) == "tightens" else None


RULE = PolicyRule("P007", "governed-range-narrowed", KINDS, judge)
