"""A schema is new.

Nothing that was there before is touched by it. Of what an override that is new does to governance, the
policy effect tells.
"""

from qpf.evolution.diff.facts.fact import Fact
from qpf.evolution.diff.judging.rule import Rule, Setting, Verdict


def judge(fact: Fact, setting: Setting) -> Verdict | None:
    """Of bases, subs, agents, overrides and kinds of packets."""
    del setting
    return Verdict("is new", "yes", "yes") if fact.direction == "added" else None


RULE = Rule("X011", "schema-added", ("document",), judge)
