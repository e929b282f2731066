"""A field promises more stability than before, or less.

`x-stability` is `experimental`, `beta` or `stable`; a field that says nothing is stable. No document
breaks by it. But a promise that is taken back matters to whoever relied on it, and a word that is none
of the three promises nothing that anybody can check.
"""

from qpf.evolution.diff.facts.fact import Fact
from qpf.evolution.diff.judging.rule import Rule, Setting, Verdict
from qpf.model.schema_change import Weight

LEVELS = ("experimental", "beta", "stable")
"""From the weakest promise to the strongest."""


def judge(fact: Fact, setting: Setting) -> Verdict | None:
    """Of fields whose promise is another one."""
    del setting
    before, after = (str(each if each is not None else "stable") for each in (fact.before, fact.after))
    if after not in LEVELS:
        hint = f"write one of {', '.join(LEVELS)}"
        return Verdict(
            f"is `{after}`, which is no stability", "yes", "yes", hint=hint, weight=Weight.DANGEROUS
        )
    if before not in LEVELS or LEVELS.index(after) >= LEVELS.index(before):
        return Verdict(f"is {after}, and was {before}", "yes", "yes")
    hint = "keep the promise, or tell those who rely on the field"
    return Verdict(f"is only {after}, and was {before}", "yes", "yes", hint=hint, weight=Weight.DANGEROUS)


RULE = Rule("L006", "stability-changed", ("stability",), judge)
