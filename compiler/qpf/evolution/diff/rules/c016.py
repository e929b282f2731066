"""The one value that a field may have came, went, or is another one.

A `const` that came makes every other value invalid; one that went, or became a list that holds it, lets in
what readers of the earlier schema refuse; of another value, each schema refuses what the other one asks for.
`const: a` and `enum: [a]` are the same. A constant often tells readers which form a document has, so declare
a `value_map` where it is only called otherwise.
"""

from qpf.evolution.diff.facts.fact import Fact
from qpf.evolution.diff.judging.listings import answers, case, changed, mapping, named
from qpf.evolution.diff.judging.rule import Rule, Setting, Verdict


def judge(fact: Fact, setting: Setting) -> Verdict | None:
    """Of a list of one value that is written as a constant."""
    del setting

    if case(fact) != "C016":
        return None
    backward, forward = answers(fact)
    gone, come = changed(fact)
    if fact.before is None:
        message = f"must be {named(come)} now"
    elif fact.after is None:
        message = f"need not be {named(gone)} any more"
    else:
        message = f"had to be {named(fact.before)}, and must be {named(fact.after)} now"
    if backward == "yes":
        return Verdict(message, backward, forward)
    renames = len(gone) == len(come) == 1
    hint = f"declare {mapping(fact, [(gone[0], come[0])])}" if renames else "have a person look at documents"
    return Verdict(message, backward, forward, "manual", hint)


RULE = Rule("C016", "const-changed", ("enum",), judge)
