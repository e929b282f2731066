"""What governed agents is gone: a threshold, a trigger, a contact.

No layer is held to it any longer, whatever it said. Documents stay valid, and agents are governed less.
Put it back, or let somebody agree who answers for the agents.
"""

from qpf.evolution.diff.facts.fact import Fact
from qpf.evolution.diff.judging.rule import PolicyRule
from qpf.model.merge import Fixed, Tighten
from qpf.model.schema_change import Effect


def judge(fact: Fact, strategy: Tighten | Fixed) -> Effect | None:
    """Of every governed field; what it said does not matter."""
    del fact, strategy
    return "loosens"


RULE = PolicyRule("P004", "obligation-removed", ("field-removed",), judge)
