"""What is said of lists of values: which came, which are gone, and whether there is a list at all."""

from qpf.evolution.diff.facts.fact import Fact
from qpf.evolution.diff.facts.listed import gone_and_come, other_case
from qpf.evolution.places import written
from qpf.model.node import Data
from qpf.model.schema_change import Answer
from qpf.model.wording import show


def case(fact: Fact) -> str:
    """Which rule is about a difference of listed values."""
    assert fact.old is not None
    assert fact.new is not None
    if fact.declared is not None:
        return "C019"
    if "const" in fact.old.words or "const" in fact.new.words:
        return "C016"
    if fact.direction == "changed":
        return "C019" if other_case(*changed(fact)) is None else "C020"
    return {"loosened": "C017", "tightened": "C018"}.get(fact.direction, "C021")


def changed(fact: Fact) -> tuple[list[Data], list[Data]]:
    """Values that are gone, and values that came."""
    return gone_and_come(fact.before or [], fact.after or [])


def answers(fact: Fact) -> tuple[Answer, Answer]:
    """Whether documents stay valid, and new ones were."""
    return {
        "added": ("no", "yes"),
        "tightened": ("no", "yes"),
        "removed": ("yes", "no"),
        "loosened": ("yes", "no"),
    }.get(fact.direction, ("no", "no"))  # type: ignore[return-value]  # as listed


def named(values: list[Data]) -> str:
    """Values as people read them."""
    return ", ".join(f"`{show(value)}`" for value in values)


def mapping(fact: Fact, pairs: list[tuple[Data, Data]]) -> str:
    """The operation that rewrites values, as it is declared."""
    said = ", ".join(f"{show(one)}: {show(other)}" for one, other in pairs)
    return f"`value_map: {{path: {written(fact.path)}, values: {{{said}}}}}`"
