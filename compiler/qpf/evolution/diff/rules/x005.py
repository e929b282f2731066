"""A document still refers to something by a name that it no longer has.

A schema was renamed, or a port is gone, and somebody was forgotten. The fleet does not compile until the
name is rewritten. References to schemas that are gone altogether are told where those are (X010).
"""

from qpf.evolution.diff.facts.fact import Fact
from qpf.evolution.diff.judging.rule import Rule, Setting, Verdict


def judge(fact: Fact, setting: Setting) -> Verdict | None:
    """Of references that led somewhere before."""
    del setting
    if fact.word != "dangling":
        return None
    folder, _, name = str(fact.before).partition("/")
    if fact.after is None:
        hint = f"let it name a port that the agent has, or give it `{name.partition('.')[2]}` back"
        return Verdict(f"names the port `{name}`, which is gone", "no", "no", "manual", hint)
    now = str(fact.after).partition("/")[2]
    kind = folder.removesuffix("s")
    return Verdict(
        f"names the {kind} `{name}`, which is called `{now}` now", "no", "no", "manual", f"write `{now}`"
    )


RULE = Rule("X005", "dangling-reference", ("reference",), judge)
