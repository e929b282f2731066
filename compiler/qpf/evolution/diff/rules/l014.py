"""A migration that was released says something else now.

Documents that took the step before and those that take it from now on differ, and nothing tells which is
which. Write what has to be corrected as a step of its own.
"""

from qpf.evolution.diff.facts.fact import Fact
from qpf.evolution.diff.judging.rule import Rule, Setting, Verdict


def judge(fact: Fact, setting: Setting) -> Verdict | None:
    """Of steps that lead to a version which the earlier side speaks already."""
    del setting
    if fact.word != "operations" or not isinstance(fact.before, list) or not isinstance(fact.after, list):
        return None
    gone = [f"no longer {each}" for each in fact.before if each not in fact.after]
    come = [f"now {each}" for each in fact.after if each not in fact.before]
    told = "; ".join([*gone, *come]) or "what it consents to lose"
    hint = "put it back, and write the correction as a step to a later version"
    return Verdict(f"a released migration was edited: {told}", "unknown", "unknown", "manual", hint)


RULE = Rule("L014", "migration-edited", ("step",), judge)
