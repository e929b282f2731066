"""A field may not be null any more.

Documents that say null there are invalid now. A reader of the earlier schema accepts every new document.
What null should become only a person knows: a value that stands for it, or no field at all.

Look where documents say null; where one value is right for all of them, declare it as a `value_map`.
"""

from qpf.evolution.diff.fact import Fact
from qpf.evolution.diff.rule import Rule, Setting, Verdict
from qpf.evolution.places import written


def judge(fact: Fact, setting: Setting) -> Verdict | None:
    """Of fields that null fitted."""
    del setting
    if fact.direction != "tightened":
        return None
    return Verdict(
        "may not be null any more",
        "no",
        "yes",
        "manual",
        f"declare what null becomes: `value_map: {{path: {written(fact.path)}, values: {{null: …}},"
        " otherwise: keep}`",
    )


RULE = Rule("R005", "field-stopped-being-nullable", ("null",), judge)
