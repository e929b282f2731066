"""A field may not be null any more.

Documents that say null there are invalid now. A reader of the earlier schema accepts every new document.
What null should become only a person knows: a value that stands for it, or no field at all.

Look where documents say null, and let them say what it stood for, or leave the field out.
"""

from qpf.evolution.diff.facts.fact import Fact
from qpf.evolution.diff.judging.rule import Rule, Setting, Verdict
from qpf.evolution.places import written


def judge(fact: Fact, setting: Setting) -> Verdict | None:
    """Of fields that null fitted."""
    del setting
    if fact.direction != "tightened":
        return None
    path = written(fact.path)
    hint = f"leave `{path}` out of documents that say null, or say there what null stood for"
    return Verdict("may not be null any more", "no", "yes", "manual", hint)


RULE = Rule("R005", "field-stopped-being-nullable", ("null",), judge)
