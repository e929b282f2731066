"""A migration declares something of which nothing is seen.

The field it is about is not there, or still is, or its new place was taken before: a typing error in a
path, or a change that was left out. What a migration promises and does not do is found by nobody else, so
it fails, although what it does to documents cannot be told from here.
"""

from qpf.evolution.diff.facts.fact import Fact
from qpf.evolution.diff.judging.rule import Rule, Setting, Verdict
from qpf.model.schema_change import Weight


def judge(fact: Fact, setting: Setting) -> Verdict | None:
    """Of operations on the way from the old version to the new one."""
    del setting
    if fact.word != "idle":
        return None
    message = f"it is declared that {fact.before}, and nothing is seen of it"
    hint = "correct its path, make the change, or take the operation out of the migration"
    return Verdict(message, "unknown", "yes", "manual", hint, Weight.BREAKING)


RULE = Rule("L010", "declared-unseen", ("step",), judge)
