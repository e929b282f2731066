"""A value is a secret now, and will be masked.

What was shown before stays known: rotate it if it was one all along.
"""

from qpf.evolution.diff.facts.fact import Fact
from qpf.evolution.diff.judging.rule import PolicyRule
from qpf.model.merge import Fixed, Tighten
from qpf.model.schema_change import Effect


def judge(fact: Fact, strategy: Tighten | Fixed) -> Effect | None:
    """Of fields that are marked, by either word."""
    del strategy
    return "tightens" if fact.after is True and fact.before is not True else None


RULE = PolicyRule("P011", "secret-hidden", ("secret",), judge)
