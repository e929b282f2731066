"""What a schema is composed of changed: its base, or its sub-schemas.

Every value that came from a layer which is gone is gone with it, and a new layer brings its own. Each
schema may be valid by itself; only composing tells whether the agent still is, so the schemas alone
cannot say. Whether governance is loosened by it is judged on the layers together. Compile both and
compare what comes out.
"""

from qpf.evolution.diff.facts.fact import Fact
from qpf.evolution.diff.judging.rule import Rule, Setting, Verdict


def judge(fact: Fact, setting: Setting) -> Verdict | None:
    """Of an agent's base and subs, and of the subs of a sub."""
    del setting
    if fact.word not in {"base", "subs"} or not fact.path:
        return None
    before, after = (each if isinstance(each, list) else [] for each in (fact.before, fact.after))
    gone, come = (
        ", ".join(f"`{name}`" for name in some if name not in others)
        for some, others in ((before, after), (after, before))
    )
    told = [text for text in (gone and f"no longer {gone}", come and f"now {come}") if text]
    what = "is composed of another base" if fact.word == "base" else "is composed of other sub-schemas"
    hint = "compile both and compare: `qpf plan`, then `git diff environments/`"
    return Verdict(f"{what}: {', '.join(told)}", "unknown", "unknown", "manual", hint)


RULE = Rule("X001", "composition-changed", ("reference",), judge)
