"""The keys or the values of a map are others.

Values of more types leave every document valid, and are refused by readers of the earlier schema; fewer or
other types make values invalid. Keys that a pattern newly asks something of may have held anything before, if
the mapping was open; if it was closed to them, documents stay valid. Of a pattern that became another one,
schemas cannot tell which keys match both.
"""

from qpf.evolution.diff.facts.fact import Fact
from qpf.evolution.diff.judging.keys import added
from qpf.evolution.diff.judging.rule import Rule, Setting, Verdict
from qpf.evolution.diff.judging.type_changes import answers, case, changed, remedy
from qpf.model.schema_change import Answer


def judge(fact: Fact, setting: Setting) -> Verdict | None:
    """Of any value of a map, and of its keys."""
    del setting

    if fact.kind == "type":
        if case(fact) != "T011":
            return None
        backward, forward = answers(fact)
        message, hint = f"a value {changed(fact)}", remedy(fact)
    else:
        backward, forward, message = _keys(fact)
        hint = "check the keys of every such map against the new pattern"
    if backward == "yes":
        return Verdict(message, backward, forward)
    return Verdict(message, backward, forward, "manual", hint)


def _keys(fact: Fact) -> tuple[Answer, Answer, str]:
    """What is said of patterns of keys."""
    assert fact.old is not None
    assert fact.new is not None
    if fact.direction == "added":
        return *added(
            fact.old, fact.new, fact.after
        ), f"keys that match `{fact.after}` are held to something now"
    if fact.direction == "removed":
        forward, backward = added(fact.new, fact.old, fact.before)
        return backward, forward, f"keys that match `{fact.before}` are held to nothing of their own any more"
    return "unknown", "unknown", f"keys had to match `{fact.before}`, and must match `{fact.after}` now"


RULE = Rule("T011", "map-changed", ("type", "pattern-fields"), judge)
