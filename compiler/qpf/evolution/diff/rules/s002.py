"""A value may take one form less.

Documents of that form become invalid, unless they fit another one: where forms cannot be told apart, the
answer is unknown. Readers of the earlier schema know all that is left; where exactly one form may fit
(`oneOf`), they may have refused it as fitting two. Keep the form, or have a person rewrite the documents.
"""

from qpf.evolution.diff.facts.fact import Fact
from qpf.evolution.diff.judging.rule import Rule, Setting, Verdict
from qpf.evolution.diff.shapes.apart import apart


def judge(fact: Fact, setting: Setting) -> Verdict | None:
    """Of branches that are gone."""
    del setting

    assert fact.old is not None
    assert fact.new is not None
    assert fact.old_field is not None
    branch = fact.old_field.shape
    lost = all(apart(branch, each) for each in fact.new.branches)
    doubtful = fact.old.exclusive and not all(
        apart(branch, each) for each in fact.old.branches if each is not branch
    )
    hint = "keep it, or have a person rewrite the documents that have this form"
    return Verdict(
        f"may not be `{fact.before}` any more",
        "no" if lost else "unknown",
        "unknown" if doubtful else "yes",
        "manual",
        hint,
    )


RULE = Rule("S002", "branch-removed", ("branch-removed",), judge)
