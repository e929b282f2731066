"""An agent may reach less than before: a tool, an agent or a service is gone from its list.

What it did with it fails from now on, so see that nothing needs it.
"""

from qpf.evolution.diff.facts.fact import Fact
from qpf.evolution.diff.judging.rule import PolicyRule
from qpf.evolution.diff.judging.tightness import reaches, said
from qpf.model.merge import Fixed, Tighten
from qpf.model.schema_change import Effect


def judge(fact: Fact, strategy: Tighten | Fixed) -> Effect | None:
    """Of lists of what may be reached."""
    return "tightens" if reaches(fact, strategy) and said(fact, strategy) == "tightens" else None


RULE = PolicyRule("P013", "reach-narrowed", ("default",), judge)
