"""Whether a field holds a secret changed.

No document becomes invalid, so both answers are yes. A field that is a secret now is masked wherever it is
shown, and should name the secret instead of holding it; one that is none any more is shown in full, in
reports, drift and logs, which is dangerous if documents hold it still. `format: password` and
`x-secret: true` are the same; `writeOnly` says that what is written is never shown again.
"""

from qpf.evolution.diff.facts.fact import Fact
from qpf.evolution.diff.judging.rule import Rule, Setting, Verdict
from qpf.model.schema_change import Weight


def judge(fact: Fact, setting: Setting) -> Verdict | None:
    """Of fields that hold a secret."""
    del setting

    if fact.after is True:
        hint = "name the secret in documents instead of writing it there"
        return Verdict("holds a secret now", "yes", "yes", "none", hint, Weight.SAFE)
    hint = "make sure that no document holds a secret there any more"
    return Verdict("holds no secret any more", "yes", "yes", "none", hint, Weight.DANGEROUS)


RULE = Rule("T013", "secret-changed", ("secret",), judge)
