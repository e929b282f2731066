"""A deprecated field will go earlier or later than was said.

Documents stay valid today. But people planned by the version that was named: one that is earlier takes
time from them, so it is dangerous; one that is later gives them some.
"""

from qpf.evolution.diff.facts.fact import Fact
from qpf.evolution.diff.judging.deprecation import bad_removal, deprecation
from qpf.evolution.diff.judging.rule import Rule, Setting, Verdict
from qpf.model.schema_change import Weight
from qpf.model.version import is_version, order


def judge(fact: Fact, setting: Setting) -> Verdict | None:
    """Of removals that are well said on the new side."""
    until = deprecation(fact)
    if fact.word != "x-removed-in" or until is None or bad_removal(until, setting):
        return None
    before = str(fact.before or "")
    if not is_version(before):
        return Verdict(f"will go in {until.removal}; until now nothing said when", "yes", "yes")
    earlier = order(until.removal) < order(before)
    message = f"will go in {until.removal}, {'earlier' if earlier else 'later'} than in {before}"
    hint = f"leave it at {before}: people plan by it" if earlier else ""
    return Verdict(message, "yes", "yes", hint=hint, weight=Weight.DANGEROUS if earlier else None)


RULE = Rule("L003", "removal-moved", ("deprecation",), judge)
