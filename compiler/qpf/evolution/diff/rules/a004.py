"""How the content of a text is encoded, or of which kind it is, changed.

Validators need not look into texts, and some do: whether a document is refused is unknown, and readers that
decode it by what the schema says read something else. Check the texts that documents say.
"""

from qpf.evolution.diff.facts.fact import Fact
from qpf.evolution.diff.judging.rule import Rule, Setting, Verdict
from qpf.model.wording import show


def judge(fact: Fact, setting: Setting) -> Verdict | None:
    """Of contents of texts."""
    del setting

    if fact.word not in {"contentEncoding", "contentMediaType"}:
        return None
    before = "nothing" if fact.before is None else f"`{show(fact.before)}`"
    after = "nothing" if fact.after is None else f"`{show(fact.after)}`"
    hint = "check that what documents say can be decoded as the new schema says"
    return Verdict(f"`{fact.word}` was {before}, and is {after} now", "unknown", "unknown", "manual", hint)


RULE = Rule("A004", "content-changed", ("annotation",), judge)
