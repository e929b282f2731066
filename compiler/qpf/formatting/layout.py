"""In which order the keys of each kind of file are kept: that of the fields of what reads them."""

from collections.abc import Mapping, Sequence
from typing import Any

from qpf.evolution.steps import EVOLUTION
from qpf.formatting.flow import Order
from qpf.model.extension import Section
from qpf.model.path import Path
from qpf.stages.kinds import holds_evolution, holds_sections, place_of
from qpf.stages.parse import kind_of
from qpf.stages.schema import Schema
from qpf.syntax.known_keys import keys_of, models_at


class Layout:
    """The order of keys, as the installed plugins and the compiler know them.

    Args:
        sections: In the order in which they are kept.
        options: The model of each emitter's options.
    """

    def __init__(self, sections: Sequence[Section], options: Mapping[str, type[Any] | None]) -> None:
        self._schema = Schema.of(sections)
        self._options = options
        self._known: dict[tuple[str, Path], Sequence[str]] = {}

    def order_of(self, source: str) -> Order | None:
        """The order of the keys of a file; None if it is no schema file."""
        kind, _ = kind_of(source)
        if not kind:
            return None
        return lambda path: self._keys(kind, path)

    def _keys(self, kind: str, path: Path) -> Sequence[str]:
        path = tuple(0 if isinstance(part, int) else part for part in path)
        key = (kind, path)
        if key not in self._known:
            self._known[key] = self._look_up(kind, path)
        return self._known[key]

    def _look_up(self, kind: str, path: Path) -> Sequence[str]:
        """The keys of the one model that may stand at a path, none if several may; and what stands beside."""
        schema = self._schema
        place = place_of(kind, path, schema.sections, schema.adds, self._options)
        models = models_at(place.model, place.inner) if place.model is not None else ()
        return [
            *(keys_of(models[0]) if len(models) == 1 else ()),
            *(schema.sections if holds_sections(kind, path) else ()),
            *((EVOLUTION,) if holds_evolution(kind, path) else ()),
        ]
