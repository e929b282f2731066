"""A list whose items have positions is longer, shorter, or in another order.

In another order, documents that say items as before become invalid, if no item can be what is asked at the
other place. Longer is safe if no list could have more items before; where more were allowed, they could be
anything, and are held to something now. Shorter mirrors that. What is asked at a position that both have is
told on its own.
"""

from qpf.evolution.diff.facts.fact import Fact
from qpf.evolution.diff.judging.positions import longer
from qpf.evolution.diff.judging.rule import Rule, Setting, Verdict
from qpf.evolution.diff.shapes.apart import apart
from qpf.model.schema_change import Answer


def judge(fact: Fact, setting: Setting) -> Verdict | None:
    """Of how many positions there are, and of their order."""
    del setting

    assert fact.old is not None
    assert fact.new is not None
    before, after = fact.old, fact.new
    if fact.word == "order":
        certain = any(apart(one, other) for one, other in zip(before.prefix, after.prefix, strict=True))
        answer: Answer = "no" if certain else "unknown"
        hint = "keep the order, or give the new list another name"
        return Verdict("asks for the same items in another order", answer, answer, "manual", hint)
    message = f"has {fact.after} positions instead of {fact.before}"
    if len(after.prefix) > len(before.prefix):
        backward, forward = longer(before, after)
    else:
        forward, backward = longer(after, before)
    if backward == "yes":
        return Verdict(message, backward, forward)
    return Verdict(message, backward, forward, "manual", "have a person look at every such list")


RULE = Rule("T010", "positions-changed", ("prefix",), judge)
