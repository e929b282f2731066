"""A field takes the same values written as another type: "5" as 5, or the other way round.

Documents are invalid as they stand, and so are new ones for readers of the earlier schema. With a declared
operation they are rewritten: every value is converted and converted back, and one that does not come back
the same is a finding, so nothing is lost. Without one, a person must see to them; the hint has the operation.
What a plugin rewrites may lose something, which schemas cannot see.
"""

from qpf.evolution.diff.facts.fact import Fact
from qpf.evolution.diff.judging.rule import Rule, Setting, Verdict
from qpf.evolution.diff.judging.type_changes import case, changed, named, remedy
from qpf.model.schema_change import Cover


def judge(fact: Fact, setting: Setting) -> Verdict | None:
    """Of types that an operation converts, declared or not."""
    del setting

    if case(fact) != "T004":
        return None
    if fact.declared is None:
        return Verdict(changed(fact), "no", "no", "manual", remedy(fact))
    cover: Cover = "lossy" if fact.word == "Rewrite" else "lossless"
    same = fact.before == fact.after
    message = "is rewritten" if same else f"is rewritten from {named(fact.before)} to {named(fact.after)}"
    return Verdict(message, "no", "no", cover)


RULE = Rule("T004", "type-converted", ("type",), judge)
