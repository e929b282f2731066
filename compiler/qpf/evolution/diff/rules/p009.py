"""A field is governed now: later layers may only tighten it, or not change it at all.

Layers that loosen it today are findings from now on. That is what the change is for; look at them first.
"""

from qpf.evolution.diff.facts.fact import Fact
from qpf.evolution.diff.judging.rule import PolicyRule
from qpf.evolution.diff.judging.widening import governs
from qpf.model.merge import Fixed, Tighten
from qpf.model.schema_change import Effect


def judge(fact: Fact, strategy: Tighten | Fixed) -> Effect | None:
    """Of merge strategies, which are written as schemas are exported."""
    del strategy
    return "tightens" if governs(fact.after) and not governs(fact.before) else None


RULE = PolicyRule("P009", "governed-now", ("merge",), judge)
