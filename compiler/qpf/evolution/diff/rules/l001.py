"""A field is deprecated: it will go, and the schema says when.

Nothing breaks yet. Whoever says the field is warned from now on, and has until the version that is named
to stop.
"""

from qpf.evolution.diff.facts.fact import Fact
from qpf.evolution.diff.judging.deprecation import bad_removal, deprecation, nowhere
from qpf.evolution.diff.judging.rule import Rule, Setting, Verdict


def judge(fact: Fact, setting: Setting) -> Verdict | None:
    """Of a deprecation that says all that it should."""
    until = deprecation(fact)
    new = fact.word == "deprecated" and fact.direction == "added"
    if not new or until is None or bad_removal(until, setting) or nowhere(until, setting):
        return None
    use = f"; `{until.use}` takes its place" if until.use else ""
    hint = f"say `{until.use}` instead" if until.use else "stop saying it"
    return Verdict(f"is deprecated, and will go in {until.removal}{use}", "yes", "yes", hint=hint)


RULE = Rule("L001", "deprecated", ("deprecation",), judge)
