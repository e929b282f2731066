"""The schema version rose by less than what changed calls for.

What breaks documents, with a migration or without, needs a new major version, so that whoever reads the
number is warned; below 1.0.0 a new minor one does. No document breaks by the number itself.
"""

from qpf.evolution.diff.facts.fact import Fact
from qpf.evolution.diff.judging.bump import next_major, places
from qpf.evolution.diff.judging.rule import Rule, Setting, Verdict
from qpf.model.schema_change import Weight


def judge(fact: Fact, setting: Setting) -> Verdict | None:
    """Of versions that rose."""
    if fact.word != "small":
        return None
    need = next_major(str(fact.before))
    message = f"rose from {fact.before} to {fact.after} only, though documents break at "
    hint = f"raise `schema_version` to {need}"
    return Verdict(message + places(setting.broken), "yes", "yes", hint=hint, weight=Weight.DANGEROUS)


RULE = Rule("L009", "bump-too-small", ("version",), judge)
