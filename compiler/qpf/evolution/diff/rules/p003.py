"""What governs agents changed, and nothing tells which way.

Some governed fields have no tighter form: which metric a trigger watches, which model reasons, how long
memory is kept. Others hold a value that their section does not know, or were given another pattern. A
person has to see such a change, so it is dangerous even where every document stays valid.
"""

from qpf.evolution.diff.facts.fact import Fact
from qpf.evolution.diff.judging.rule import PolicyRule
from qpf.evolution.diff.judging.tightness import said
from qpf.evolution.diff.judging.widening import KINDS, governs, widened
from qpf.model.merge import Fixed, Tighten
from qpf.model.schema_change import Effect


def judge(fact: Fact, strategy: Tighten | Fixed) -> Effect | None:
    """Of whatever other rules about policy could not put in order."""
    if fact.kind == "reference":
        return "undecided"
    if fact.kind == "merge":
        return "undecided" if governs(fact.before) and governs(fact.after) else None
    if fact.kind == "default" or fact.word == "ValueMap":
        return "undecided" if said(fact, strategy) == "undecided" else None
    return "undecided" if widened(fact, strategy) == "undecided" else None


RULE = PolicyRule("P003", "governed-without-direction", ("default", "merge", "reference", *KINDS), judge)
