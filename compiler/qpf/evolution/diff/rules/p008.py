"""A field is governed no longer: any layer may loosen it.

It was merged so that later layers could only tighten it, or not change it at all. Documents stay as they
are, and the next one may say less without anybody being asked.
"""

from qpf.evolution.diff.facts.fact import Fact
from qpf.evolution.diff.judging.rule import PolicyRule
from qpf.evolution.diff.judging.widening import governs
from qpf.model.merge import Fixed, Tighten
from qpf.model.schema_change import Effect


def judge(fact: Fact, strategy: Tighten | Fixed) -> Effect | None:
    """Of merge strategies, which are written as schemas are exported."""
    del strategy
    return "loosens" if governs(fact.before) and not governs(fact.after) else None


RULE = PolicyRule("P008", "governed-no-longer", ("merge",), judge)
