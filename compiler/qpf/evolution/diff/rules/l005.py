"""What takes the place of a deprecated field is another field, or is nowhere in the schema.

Whoever follows the advice writes a field that does not exist, which a closed schema refuses. Of documents
of a fleet it is not judged: what one of them does not say, another one may.
"""

from qpf.evolution.diff.facts.fact import Fact
from qpf.evolution.diff.judging.deprecation import deprecation, nowhere
from qpf.evolution.diff.judging.rule import Rule, Setting, Verdict
from qpf.model.schema_change import Weight


def judge(fact: Fact, setting: Setting) -> Verdict | None:
    """Of deprecations that name a field."""
    until = deprecation(fact)
    if until is None or (fact.word != "x-use" and not nowhere(until, setting)):
        return None
    if nowhere(until, setting):
        message = f"is deprecated for `{until.use}`, which does not exist"
        hint = "name a field that the schema has by its whole path: `x-use: section.field`"
        return Verdict(message, "yes", "yes", hint=hint, weight=Weight.DANGEROUS)
    if not until.use:
        return Verdict(f"is deprecated, and `{fact.before}` does not take its place any longer", "yes", "yes")
    return Verdict(f"is deprecated for `{until.use}` now", "yes", "yes", hint=f"say `{until.use}` instead")


RULE = Rule("L005", "replacement-changed", ("deprecation",), judge)
