"""The unit of a number is another one, and its type is the same.

No validator sees it, and every document says something else than it meant: 30 seconds become 30
milliseconds. So documents count as broken both ways, though none of them is refused. Give the new unit a
name of its own (`timeout_ms`), or have a plugin's migration rewrite the values. Where only one of the schemas
names a unit, they cannot tell whether it was the same all along.
"""

from qpf.evolution.diff.facts.fact import Fact
from qpf.evolution.diff.judging.rule import Rule, Setting, Verdict
from qpf.model.wording import show


def judge(fact: Fact, setting: Setting) -> Verdict | None:
    """Of units."""
    del setting

    if fact.direction != "changed":
        what = (
            f"has the unit `{show(fact.after)}` now" if fact.after is not None else "names no unit any more"
        )
        was = "; nobody said which it had" if fact.before is None else f"; it was `{show(fact.before)}`"
        hint = "say whether values mean the same as before; if not, give the field another name"
        return Verdict(what + was, "unknown", "unknown", "manual", hint)
    before, after = show(fact.before), show(fact.after)
    message = f"is in `{after}` instead of `{before}`, so the same number means something else"
    hint = "give the field another name, or register a migration that rewrites its values in a plugin"
    return Verdict(message, "no", "no", "manual", hint)


RULE = Rule("T007", "unit-changed", ("unit",), judge)
