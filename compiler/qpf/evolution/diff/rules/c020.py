"""Listed values are written with other capitals.

They are other values all the same: documents that say them as before become invalid, and readers of the
earlier schema refuse the new spelling. Declare a `value_map`, or keep the spelling.
"""

from qpf.evolution.diff.facts.fact import Fact
from qpf.evolution.diff.facts.listed import other_case
from qpf.evolution.diff.judging.listings import case, changed, mapping
from qpf.evolution.diff.judging.rule import Rule, Setting, Verdict


def judge(fact: Fact, setting: Setting) -> Verdict | None:
    """Of values that differ by case only."""
    del setting

    if case(fact) != "C020":
        return None
    pairs = other_case(*changed(fact)) or []
    message = ", ".join(f"`{one}` is written `{other}` now" for one, other in pairs)
    return Verdict(message, "no", "no", "manual", f"declare {mapping(fact, list(pairs))}")


RULE = Rule("C020", "value-case-changed", ("enum",), judge)
