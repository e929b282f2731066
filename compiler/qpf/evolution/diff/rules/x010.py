"""A schema is gone.

If the new side still composes or names it, the fleet does not compile. If nobody there does, it breaks
only documents elsewhere, on other branches or in other repositories, so it is dangerous rather than
breaking. An agent or an override that nobody needs is simply gone: of governance that goes with an
override, the policy effect tells.
"""

from qpf.evolution.diff.facts.fact import Fact
from qpf.evolution.diff.judging.rule import Rule, Setting, Verdict
from qpf.model.schema_change import Weight


def judge(fact: Fact, setting: Setting) -> Verdict | None:
    """Of bases, subs, agents, overrides and kinds of packets."""
    del setting
    if fact.direction != "removed":
        return None
    if isinstance(fact.after, list):
        who = ", ".join(f"`{each}`" for each in fact.after)
        needs = "refers" if len(fact.after) == 1 else "refer"
        hint = f"bring it back, or rewrite {who}"
        return Verdict(f"is gone, and {who} still {needs} to it", "no", "no", "manual", hint)
    if fact.word == "composed":
        hint = "see that no other branch or repository needs it"
        return Verdict("is gone, and nothing here needs it", "no", "yes", "manual", hint, Weight.DANGEROUS)
    return Verdict("is gone", "yes", "yes")


RULE = Rule("X010", "schema-removed", ("document",), judge)
