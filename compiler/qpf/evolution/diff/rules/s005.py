"""A schema is made of one part more or less, which cannot be read as one with the rest.

Parts of an `allOf` and references are read as one schema wherever that says the same, and so it makes no
difference whether something is written in place or referred to. What is left stands beside the rest: one
that came may refuse documents, and refuses nothing that readers of the earlier schema would take; one that
went mirrors that. Whether it does refuse any, schemas cannot tell. The same holds of forms to choose from
(`anyOf`, `oneOf`) that stand beside other constraints.
"""

from qpf.evolution.diff.facts.fact import Fact
from qpf.evolution.diff.judging.rule import Rule, Setting, Verdict


def judge(fact: Fact, setting: Setting) -> Verdict | None:
    """Of parts that must all fit."""
    del setting

    what = f"`{fact.word}`" + (f" of `{fact.after or fact.before}`" if fact.after or fact.before else "")
    if fact.direction == "removed":
        return Verdict(f"need not fit {what} any more", "yes", "unknown")
    hint = "check every document against the new schema"
    return Verdict(f"must fit {what}, too", "unknown", "yes", "manual", hint)


RULE = Rule("S005", "part-changed", ("part",), judge)
