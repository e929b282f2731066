"""What is said of values that are of another type."""

from qpf.evolution.diff.facts.fact import Fact
from qpf.evolution.places import written
from qpf.model.node import Data
from qpf.model.schema_change import Answer

_STRUCTURES = frozenset({"array", "object"})
_TEXT = frozenset({"string"})
_READABLE = (frozenset({"integer"}), frozenset({"number"}), frozenset({"boolean"}))


def case(fact: Fact) -> str:
    """Which rule is about a difference of types."""
    if fact.declared is not None:
        return "T004"
    if fact.within:
        return {"list": "T009", "mapping": "T011"}[fact.within]
    if fact.direction != "changed":
        return {"loosened": "T001", "tightened": "T002"}[fact.direction]
    if _structured(fact.before) != _structured(fact.after):
        return "T005"
    return "T004" if _coercible(fact) else "T003"


def answers(fact: Fact) -> tuple[Answer, Answer]:
    """Whether documents stay valid, and new ones were."""
    if fact.direction == "loosened":
        return "yes", "no"
    return "no", "yes" if fact.direction == "tightened" else "no"


def named(types: Data) -> str:
    """Types as people read them."""
    return " or ".join(types)


def changed(fact: Fact) -> str:
    """What became of the type, in words."""
    return f"was {named(fact.before)}, and is {named(fact.after)} now"


def remedy(fact: Fact) -> str:
    """What to do about a type that is another one."""
    if _coercible(fact):
        return f"declare `type_change: {{path: {written(fact.path)}, to: {fact.after[0]}}}`"
    if fact.direction == "tightened":
        return f"go on taking {named(fact.before)}, or have a person change the documents that say others"
    return "give the new form a name of its own, and have a person rewrite the documents"


def _structured(types: Data) -> bool | None:
    """Whether all values are lists or mappings; None if some are."""
    kinds = set(types)
    return True if kinds <= _STRUCTURES else None if kinds & _STRUCTURES else False


def _coercible(fact: Fact) -> bool:
    before, after = frozenset(fact.before), frozenset(fact.after)
    return (before == _TEXT and after in _READABLE) or (after == _TEXT and before in _READABLE)
