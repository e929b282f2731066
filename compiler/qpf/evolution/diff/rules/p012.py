"""An agent may reach more than before: another tool, another agent, another service.

Its section says of the list that fewer items are tighter. Every document stays valid, and a model or a
network rule lets something through that was closed. Somebody who answers for the agent has to agree.
"""

from qpf.evolution.diff.facts.fact import Fact
from qpf.evolution.diff.judging.rule import PolicyRule
from qpf.evolution.diff.judging.tightness import reaches, said
from qpf.model.merge import Fixed, Tighten
from qpf.model.schema_change import Effect


def judge(fact: Fact, strategy: Tighten | Fixed) -> Effect | None:
    """Of lists of what may be reached."""
    return "loosens" if reaches(fact, strategy) and said(fact, strategy) == "loosens" else None


RULE = PolicyRule("P012", "reach-widened", ("default",), judge)
