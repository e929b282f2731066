"""What it means for documents that a field is new or gone, by what may stand in its place without it."""

from typing import NamedTuple

from qpf.evolution.diff.facts.fact import Fact
from qpf.evolution.diff.judging.rule import Verdict
from qpf.evolution.diff.shapes.content import content
from qpf.evolution.diff.shapes.shape import Field, Shape
from qpf.evolution.places import written
from qpf.model.digest import canonical
from qpf.model.path import parse_path
from qpf.model.schema_change import Answer, Weight
from qpf.model.wording import show


class Place(NamedTuple):
    """A field, and the mapping that does not list it.

    Attributes:
        field: The field.
        name: Its name.
        without: The mapping: of a field added, as it was; of one that is gone, as it is now.
        declared: Whether a migration says so; then what differs from what the mapping allows of other
            fields is not told on its own.
    """

    field: Field
    name: str
    without: Shape
    declared: bool = False

    @property
    def allowed(self) -> Shape | bool:
        """What may stand there where it is not listed."""
        return content(self.without, self.name)

    @property
    def outside(self) -> Answer:
        """Whether whatever the field holds may stand there where it is not listed."""
        if self.allowed is False:
            return "no" if self.field.shape.types else "yes"
        if "unevaluatedProperties" in self.without.words:  # closed by what its branches list
            return "unknown"
        return self._same if self.declared and isinstance(self.allowed, Shape) else "yes"

    @property
    def inside(self) -> Answer:
        """Whether the field may hold whatever may stand there where it is not listed, and be missing."""
        if self.field.required or (self.allowed is True and not self.field.shape.anything):
            return "no"
        return self._same if self.declared and isinstance(self.allowed, Shape) else "yes"

    @property
    def _same(self) -> Answer:
        assert isinstance(self.allowed, Shape)
        return "yes" if self.allowed.meaning == self.field.shape.meaning else "unknown"


def new(fact: Fact) -> Place:
    """Where a field is new."""
    assert fact.old is not None
    assert fact.new_field is not None
    return Place(fact.new_field, fact.word, fact.old, fact.declared is not None)


def probably(fact: Fact, message: str, operation: str) -> Verdict:
    """That one field takes the place of another one, as far as anybody can guess.

    Args:
        fact: What is guessed.
        message: It, in words.
        operation: The operation that would declare it.
    """
    here, there = new(fact), gone(fact)
    backward = _worse(here.inside, there.outside)
    return Verdict(
        message,
        backward,
        _worse(here.outside, there.inside),
        "manual",
        f"if it is the same, declare `{operation}: {fact.before} -> {fact.after}`",
        Weight.BREAKING if backward == "no" else Weight.DANGEROUS,
    )


def unless(field: Field) -> str:
    """What a field is where nobody says it, as a message ends."""
    said = field.shape.words.get("default")
    return "" if said is None else f", `{show(said.value)}` unless somebody says else"


def addition(fact: Fact, field: Field) -> str:
    """What to declare of a field that has a default."""
    default = canonical(field.shape.value("default")).decode()
    return f"declare `field_add: {written(fact.path)} with default {default}`"


def _worse(one: Answer, other: Answer) -> Answer:
    return next(each for each in ("no", "unknown", "yes") if each in {one, other})


def gone(fact: Fact) -> Place:
    """Where a field is gone."""
    assert fact.new is not None
    assert fact.old_field is not None
    name = fact.word if fact.kind == "field-removed" else str(parse_path(str(fact.before))[-1])
    return Place(fact.old_field, name, fact.new, fact.declared is not None)
