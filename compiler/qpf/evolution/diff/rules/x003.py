"""How layers are merged at a field changed, though what a field may hold did not.

The same documents give other values, or conflict where they did not. Strategies that unite (`append`,
`set`) take whatever layers say, so nothing becomes invalid, but lists come out longer or in another
order. Under any other one there are layers that were fine together and are not any longer: two peers
that may not set the same key, a later layer that may only tighten. Compile the fleet under both.
"""

from qpf.evolution.diff.facts.fact import Fact
from qpf.evolution.diff.judging.rule import Rule, Setting, Verdict
from qpf.model.schema_change import Answer, Weight

_UNITING = frozenset({"append", "set"})
"""Strategies under which no layers conflict."""

_WIDER = frozenset({("exclusive", "replace")})
"""Pairs of strategies of which the second makes the same of all layers that the first takes."""


def judge(fact: Fact, setting: Setting) -> Verdict | None:
    """Of strategies as schemas are exported: `keyed name`, `tighten up`; none is a list replaced whole."""
    del setting
    before, after = (str(each or "replace") for each in (fact.before, fact.after))
    now, then = (f"by `{each}`" if each else "by nothing in particular" for each in (fact.after, fact.before))
    message = f"is merged {now}, and was {then}"
    if before == after:
        return Verdict("is merged as before, and says so otherwise", "yes", "yes", weight=Weight.ANNOTATION)
    hint = "compile the fleet under both and compare: `qpf compile`, then `git diff environments/`"
    weight = None if after not in _UNITING else Weight.DANGEROUS
    backward: Answer = "yes" if (before, after) in _WIDER or after in _UNITING else "no"
    forward: Answer = "yes" if (after, before) in _WIDER or before in _UNITING else "no"
    return Verdict(message, backward, forward, "none" if backward == "yes" else "manual", hint, weight)


RULE = Rule("X003", "merging-changed", ("merge",), judge)
