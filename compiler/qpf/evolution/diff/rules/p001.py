"""A governed value became looser.

Its section says which way is tighter, and the new value lies the other way. Every document is as valid
as before, and agents are governed less: that is why this is critical, and stays so if a migration does
it. Somebody who answers for the agents has to agree, or the value has to be put back.
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
    return "loosens" if said(fact, strategy) == "loosens" else None


RULE = PolicyRule("P001", "governed-value-loosened", ("default", "enum"), judge)
