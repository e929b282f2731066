"""Something differs, and no rule knows what that means.

It is never taken for compatible: whatever severity a check lets pass, this fails, unless
nothing shall (`--fail-on never`). It is a keyword that is not
known, or a difference that no rule has an answer to. Have a person look at it; a keyword of yours that says
nothing of documents belongs beside the schema, not into it.
"""

from qpf.evolution.diff.facts.fact import Fact
from qpf.evolution.diff.judging.rule import Rule, Setting, Verdict


def judge(fact: Fact, setting: Setting) -> Verdict | None:
    """Of whatever no other rule takes."""
    del setting

    what = f"`{fact.word}`" if fact.word else "something"
    message = f"{what} differs, and no rule knows what that means"
    return Verdict(message, "unknown", "unknown", "manual", "have a person look at it")


RULE = Rule("U000", "unknown-change", ("unknown",), judge)
