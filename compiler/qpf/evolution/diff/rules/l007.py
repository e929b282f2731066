"""The schema version is the same, though something broke that no migration carries over.

Documents of before and after claim to speak the same version and do not: nothing can tell them apart, and
no migration can lead from one to the other. Raise the version, and write the step.
"""

from qpf.evolution.diff.facts.fact import Fact
from qpf.evolution.diff.judging.bump import next_major, places
from qpf.evolution.diff.judging.rule import Rule, Setting, Verdict
from qpf.model.schema_change import Weight


def judge(fact: Fact, setting: Setting) -> Verdict | None:
    """Of versions that stayed as they were."""
    if fact.word != "unchanged":
        return None
    message = f"still speaks {fact.after}, though documents break at {places(setting.uncovered)}"
    hint = f"raise `schema_version` to {next_major(str(fact.after))}, and declare what changed in a migration"
    return Verdict(message, "yes", "yes", hint=hint, weight=Weight.DANGEROUS)


RULE = Rule("L007", "version-unchanged", ("version",), judge)
