"""A field got a list of the values that it may have, or lost it.

With a list that came, every value that is not in it becomes invalid; without one, readers of the earlier
schema refuse what documents may say now. A list of everything that there is, true and false, is none.
"""

from qpf.evolution.diff.facts.fact import Fact
from qpf.evolution.diff.judging.listings import answers, case, named
from qpf.evolution.diff.judging.rule import Rule, Setting, Verdict


def judge(fact: Fact, setting: Setting) -> Verdict | None:
    """Of a list that one of the schemas does not have."""
    del setting

    if case(fact) != "C021":
        return None
    backward, forward = answers(fact)
    if backward == "yes":
        return Verdict(f"may be anything now, not only {named(fact.before)}", backward, forward)
    hint = "list every value that documents say, or have a person change those that say others"
    return Verdict(f"must be one of {named(fact.after)} now", backward, forward, "manual", hint)


RULE = Rule("C021", "values-limited", ("enum",), judge)
