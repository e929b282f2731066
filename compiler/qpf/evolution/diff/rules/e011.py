"""A field is in another place: another section, a part of it split off, or several made one.

As they are, documents that say the field in its old place are wrong, and a reader of the earlier schema
looks for it there. Where a migration says so (`field_move`, `split`, `join`), it carries every document
over and loses nothing. Where nobody says so but a field of the same name and the same schema is gone
elsewhere, that is a guess, and to documents it is a removal and an addition.

If it is a move, declare it: `field_move: section.field -> other.field`.
"""

from qpf.evolution.diff.facts.fact import Fact
from qpf.evolution.diff.judging import existence
from qpf.evolution.diff.judging.rule import Rule, Setting, Verdict

_HOW = {"split": "is split off from", "join": "is made of"}


def judge(fact: Fact, setting: Setting) -> Verdict | None:
    """Of fields that are moved, or probably are."""
    del setting
    if fact.declared is not None:
        if fact.before == fact.after:
            return Verdict("keeps a part of what it held", "no", "no", "lossless")
        return Verdict(f"{_HOW.get(fact.word, 'was at')} `{fact.before}`", "no", "no", "lossless")
    return existence.probably(fact, f"was probably at `{fact.before}`, which is gone", "field_move")


RULE = Rule("E011", "field-moved", ("field-moved",), judge)
