"""A value may take one form more.

Every document stays valid, unless exactly one form may fit (`oneOf`) and the new one may fit values of
another: then schemas cannot tell. Readers of the earlier schema refuse the new form, unless all that fits it
fits one that they know. Tell forms apart by a field with a constant, so that the answer is certain.
"""

from qpf.evolution.diff.facts.fact import Fact
from qpf.evolution.diff.judging.rule import Rule, Setting, Verdict
from qpf.evolution.diff.shapes.apart import apart
from qpf.evolution.diff.shapes.shape import Shape


def judge(fact: Fact, setting: Setting) -> Verdict | None:
    """Of branches that came."""
    del setting

    assert fact.old is not None
    assert fact.new is not None
    assert fact.new_field is not None
    branch = fact.new_field.shape
    doubtful = fact.new.exclusive and not _alone(branch, fact.new)
    new = _alone(branch, fact.old)
    message = f"may also be `{fact.after}`"
    hint = "tell the forms apart by a field that is another constant in each" if doubtful else ""
    return Verdict(
        message,
        "unknown" if doubtful else "yes",
        "no" if new else "unknown",
        "manual" if doubtful else "none",
        hint,
    )


def _alone(branch: Shape, union: Shape) -> bool:
    """Whether it is certain that nothing that fits a branch fits another one."""
    return all(apart(branch, each) for each in union.branches if each is not branch)


RULE = Rule("S001", "branch-added", ("branch-added",), judge)
