"""No way leads from a version any longer: its step was deleted, or none was written.

Every document that speaks the version is refused. If one on the new side does, the fleet does not
compile; if none does, only documents elsewhere are left behind. A step without operations is enough
where nothing changed.
"""

from qpf.evolution.diff.facts.fact import Fact
from qpf.evolution.diff.judging.rule import Rule, Setting, Verdict
from qpf.model.schema_change import Weight
from qpf.model.version import order


def judge(fact: Fact, setting: Setting) -> Verdict | None:
    """Of versions from which documents could be read before."""
    if fact.word != "left":
        return None
    version, now = str(fact.before), str(fact.after)
    hint = f"write a migration `from: {version}` that leads to {now}, even if it does nothing"
    speaking = sorted(each for each in setting.spoken if order(each) <= order(version))
    if speaking:
        message = (
            f"no migration leads from {version} to {now}, and documents still speak {', '.join(speaking)}"
        )
        return Verdict(message, "no", "yes", "manual", hint)
    message = f"no migration leads from {version} to {now}: documents elsewhere that speak it are refused"
    return Verdict(message, "no", "yes", "manual", hint, Weight.DANGEROUS)


RULE = Rule("L015", "version-left-behind", ("step",), judge)
