"""A governed value became tighter.

Its section says which way is tighter, and the new value lies that way. Layers above that say a looser
value than this one are findings from now on; nothing else has to be done.
"""

from qpf.evolution.diff.facts.fact import Fact
from qpf.evolution.diff.judging.rule import PolicyRule
from qpf.evolution.diff.judging.tightness import reaches, said
from qpf.model.merge import Fixed, Tighten
from qpf.model.schema_change import Effect


def judge(fact: Fact, strategy: Tighten | Fixed) -> Effect | None:
    """Of values that can be put in order."""
    if reaches(fact, strategy) or (fact.kind == "enum" and fact.word != "ValueMap"):
        return None
    return "tightens" if said(fact, strategy) == "tightens" else None


RULE = PolicyRule("P002", "governed-value-tightened", ("default", "enum"), judge)
