"""The items of a list are of another type.

More types than before leave every document valid, and are refused by readers of the earlier schema; fewer
make lists invalid that hold the others; other types do both. An empty list is fine either way. Where items
are only written otherwise, declare the operation for `*`, which stands for every item.
"""

from qpf.evolution.diff.facts.fact import Fact
from qpf.evolution.diff.judging.rule import Rule, Setting, Verdict
from qpf.evolution.diff.judging.type_changes import answers, case, changed, remedy


def judge(fact: Fact, setting: Setting) -> Verdict | None:
    """Of types of any item of a list."""
    del setting

    if case(fact) != "T009":
        return None
    backward, forward = answers(fact)
    message = f"an item {changed(fact)}"
    if backward == "yes":
        return Verdict(message, backward, forward)
    return Verdict(message, backward, forward, "manual", remedy(fact))


RULE = Rule("T009", "item-type-changed", ("type",), judge)
