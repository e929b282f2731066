"""A listed value goes by another name, as a migration declares or as it seems.

Documents that say the earlier name become invalid, and readers of the earlier schema refuse the later one.
With a declared `value_map`, documents are rewritten: nothing is lost unless two values become one. Without
one it is only a guess, made of one value gone and one come with a similar name.
"""

from qpf.evolution.diff.facts.fact import Fact
from qpf.evolution.diff.judging.listings import case, changed, mapping, named
from qpf.evolution.diff.judging.rule import Rule, Setting, Verdict
from qpf.model.digest import canonical
from qpf.model.wording import show


def judge(fact: Fact, setting: Setting) -> Verdict | None:
    """Of values that a migration maps, and of one gone with one come that is like it."""
    del setting

    if case(fact) != "C019":
        return None
    if fact.declared is not None:
        pairs = [(one, to) for one, to in zip(fact.before, fact.after, strict=True) if one != show(to)]
        message = ", ".join(f"`{show(one)}` is `{show(to)}`" for one, to in pairs) or "values are checked"
        whole = len({canonical(each) for each in fact.after}) == len(fact.after)
        return Verdict(f"{message} now", "no", "no", "lossless" if whole else "lossy")
    gone, come = changed(fact)
    message = f"may not be {named(gone)} any more, but {named(come)}"
    hint = f"if that is the same by another name, declare {mapping(fact, [(gone[0], come[0])])}"
    return Verdict(message, "no", "no", "manual", hint)


RULE = Rule("C019", "value-renamed", ("enum",), judge)
