"""A field goes by another name, and a migration says so.

As they are, documents that say the field by its old name are wrong, and a reader of the earlier schema
does not know the new one. The migration carries every document over and loses nothing: nothing else has
to be done. What else differs between the two fields is told on its own.
"""

from qpf.evolution.diff.facts.fact import Fact
from qpf.evolution.diff.judging.rule import Rule, Setting, Verdict
from qpf.model.wording import show


def judge(fact: Fact, setting: Setting) -> Verdict | None:
    """Of fields that are renamed by a declared operation."""
    del setting
    if fact.declared is None:
        return None
    return Verdict(f"was called `{show(fact.before)}`", "no", "no", "lossless")


RULE = Rule("E009", "field-renamed", ("field-renamed",), judge)
