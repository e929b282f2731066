"""Migrations lead from the old version to the new one, and do not declare all that breaks.

Whoever relies on them gets documents that are not valid. Each undeclared change is a finding of its own;
this one says that a step is there which should tell it.
"""

from qpf.evolution.diff.facts.fact import Fact
from qpf.evolution.diff.judging.bump import places
from qpf.evolution.diff.judging.rule import Rule, Setting, Verdict
from qpf.model.schema_change import Weight


def judge(fact: Fact, setting: Setting) -> Verdict | None:
    """Of ways that are written down."""
    if fact.word != "way" or not isinstance(fact.before, list):
        return None
    way = ", ".join(map(str, fact.before))
    hint = "add what is missing; `--generate-migration` prints the operations"
    message = f"{way} does not declare what breaks at {places(setting.undeclared)}"
    return Verdict(message, "yes", "yes", hint=hint, weight=Weight.DANGEROUS)


RULE = Rule("L011", "undeclared", ("step",), judge)
