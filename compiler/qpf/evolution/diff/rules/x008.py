"""A schema lies in another file, and says the same under the same name.

Nothing that it means has changed. Schemas are composed by the name of their file, so whoever names the
old one is told by X005.
"""

from qpf.evolution.diff.facts.fact import Fact
from qpf.evolution.diff.judging.rule import Rule, Setting, Verdict
from qpf.model.schema_change import Weight


def judge(fact: Fact, setting: Setting) -> Verdict | None:
    """Of files of a fleet; single files that are compared are no moves."""
    del setting
    if fact.word != "name":
        return None
    return Verdict(f"lies in {fact.after}, and lay in {fact.before}", "yes", "yes", weight=Weight.ANNOTATION)


RULE = Rule("X008", "file-moved", ("document",), judge)
