"""A secret is taken from another place.

Documents stay valid, and every environment has to keep the secret under its new name before the agent
starts: a missing one stops it, and a wrong one lets it in somewhere else. A person has to see it.
"""

from qpf.evolution.diff.facts.fact import Fact
from qpf.evolution.diff.judging.rule import Rule, Setting, Verdict
from qpf.model.schema_change import Weight


def judge(fact: Fact, setting: Setting) -> Verdict | None:
    """Of references to secrets, which are written `{secret: …, key: …}`; values are never there."""
    del setting
    if fact.word != "secret" or not isinstance(fact.before, dict) or not isinstance(fact.after, dict):
        return None
    before, after = (f"`{each['secret']}` at `{each['key']}`" for each in (fact.before, fact.after))
    hint = "make sure that the new one is there in every environment before this is deployed"
    return Verdict(
        f"is taken from {after}, and was from {before}", "yes", "yes", hint=hint, weight=Weight.DANGEROUS
    )


RULE = Rule("X009", "secret-reference-changed", ("reference",), judge)
