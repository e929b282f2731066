"""The schema version is lower than before.

Migrations lead to later versions only, so every document that speaks the higher one is refused. What has
to be undone is undone by a step forward.
"""

from qpf.evolution.diff.facts.fact import Fact
from qpf.evolution.diff.judging.rule import Rule, Setting, Verdict


def judge(fact: Fact, setting: Setting) -> Verdict | None:
    """Of versions that went back."""
    del setting
    if fact.word not in {"decreased", "lower"}:
        return None
    message = f"went back from version {fact.before} to {fact.after}"
    hint = f"keep {fact.before}, and undo what has to be undone by a migration to a later version"
    if fact.word == "lower":
        return Verdict(message, "unknown", "unknown", "manual", hint)
    return Verdict(message, "no", "yes", "manual", hint)


RULE = Rule("L008", "version-decreased", ("version",), judge)
