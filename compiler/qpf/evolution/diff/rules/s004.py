"""Which field tells forms apart, or what its values lead to, changed.

Validators look at the forms themselves, so the answer is theirs; readers that choose a form by the
discriminator read the same document as another one, or not at all. Schemas cannot tell which readers do.
Keep it, or have a person look at every reader.
"""

from qpf.evolution.diff.facts.fact import Fact
from qpf.evolution.diff.judging.rule import Rule, Setting, Verdict
from qpf.model.wording import show


def judge(fact: Fact, setting: Setting) -> Verdict | None:
    """Of discriminators."""
    del setting

    hint = "keep it, or look at every reader that chooses a form by it"
    if fact.before is None:
        message = f"forms are told apart by `{show(fact.after)}` now"
    elif fact.after is None:
        message = f"forms are not told apart by `{show(fact.before)}` any more"
    else:
        message = f"forms were told apart by `{show(fact.before)}`, and are by `{show(fact.after)}` now"
    return Verdict(message, "unknown", "unknown", "manual", hint)


RULE = Rule("S004", "discriminator-changed", ("discriminator",), judge)
