"""A field is deprecated, and when it goes is not said, cannot be read, or is past.

Nobody can plan by that. A version has three numbers, `7.0.0`, and lies after the one that the schema
speaks itself: a field that should be gone by then and is still there was forgotten, or the number is
wrong.
"""

from qpf.evolution.diff.facts.fact import Fact
from qpf.evolution.diff.judging.deprecation import bad_removal, deprecation
from qpf.evolution.diff.judging.rule import Rule, Setting, Verdict
from qpf.model.schema_change import Weight


def judge(fact: Fact, setting: Setting) -> Verdict | None:
    """Of deprecations, new or changed."""
    until = deprecation(fact)
    wrong = bad_removal(until, setting) if until and fact.word != "x-use" else ""
    if not wrong:
        return None
    weight = Weight.DANGEROUS if until and until.removal else Weight.SAFE
    hint = "say the later version in which it goes: `x-removed-in: 7.0.0`, in a migration `removed-in 7.0.0`"
    return Verdict(f"is deprecated, {wrong}", "yes", "yes", hint=hint, weight=weight)


RULE = Rule("L004", "removal-unclear", ("deprecation",), judge)
