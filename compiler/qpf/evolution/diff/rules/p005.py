"""Something governs agents that did not before: a threshold, a trigger, a contact.

Layers above may only tighten it from now on. Nothing has to be done unless one of them says less.
"""

from qpf.evolution.diff.facts.fact import Fact
from qpf.evolution.diff.judging.rule import PolicyRule
from qpf.model.merge import Fixed, Tighten
from qpf.model.schema_change import Effect


def judge(fact: Fact, strategy: Tighten | Fixed) -> Effect | None:
    """Of every governed field; what it says does not matter."""
    del fact, strategy
    return "tightens"


RULE = PolicyRule("P005", "obligation-added", ("field-added",), judge)
