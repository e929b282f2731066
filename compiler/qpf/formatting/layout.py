"""In which order the keys of each kind of file are kept: that of the fields of what reads them."""

from collections.abc import Mapping, Sequence
from typing import Any

from qpf.evolution.approvals import ApprovalFile
from qpf.evolution.steps import EVOLUTION, SchemaEvolution, StepFile
from qpf.formatting.flow import Order
from qpf.model.extension import Section
from qpf.model.path import Path, parse_path
from qpf.stages.headers import AgentHeader, BaseHeader, EnvironmentHeader, FleetHeader, GlueHeader, SubHeader
from qpf.stages.parse import kind_of
from qpf.syntax.header import Header
from qpf.syntax.known_keys import keys_of, models_at

_HEADERS: Mapping[str, type[Header]] = {
    "fleet": FleetHeader,
    "glue": GlueHeader,
    "environment": EnvironmentHeader,
    "base": BaseHeader,
    "sub": SubHeader,
    "agent": AgentHeader,
    "migration": StepFile,
    "approval": ApprovalFile,
}
_WITH_SECTIONS = frozenset({"base", "sub", "agent"})


class Layout:
    """The order of keys, as the installed plugins and the compiler know them.

    Args:
        sections: In the order in which they are kept.
        options: The model of each emitter's options.
    """

    def __init__(self, sections: Sequence[Section], options: Mapping[str, type[Any] | None]) -> None:
        self._sections = {section.name: section.model for section in sections}
        self._options = options
        self._adds = {
            word: (section.name, *parse_path(path))
            for section in sections
            for word, path in section.adds.items()
        }
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
        header = _HEADERS[kind]
        first = path[:1]
        if kind in _WITH_SECTIONS and first and first[0] in self._sections:
            return self._in_section(path)
        if kind == "sub" and first == ("adds",):
            return self._in_adds(path[1:])
        if kind == "environment" and len(path) > 1:
            return self._in_environment(path)
        if first == (EVOLUTION,):
            return _keys_at(SchemaEvolution, path[1:])
        if not path:
            return [*keys_of(header), *(self._sections if kind in _WITH_SECTIONS else ()), EVOLUTION]
        return _keys_at(header, path)

    def _in_environment(self, path: Path) -> Sequence[str]:
        """What stands in `overrides.all`, `overrides.agents.NAME` and `options.NAME`."""
        first, second, *rest = path
        if first == "options":
            return _keys_at(self._options.get(str(second)), tuple(rest))
        if second == "all":
            return self._in_section(tuple(rest))
        return self._in_section(tuple(rest[1:])) if rest else ()

    def _in_section(self, path: Path) -> Sequence[str]:
        if not path:
            return list(self._sections)
        return _keys_at(self._sections.get(str(path[0])), path[1:])

    def _in_adds(self, path: Path) -> Sequence[str]:
        if not path:
            return ()
        place = self._adds.get(str(path[0]))
        return self._in_section((*place, *path[1:])) if place else ()


def _keys_at(model: type[Any] | None, path: Path) -> Sequence[str]:
    """The keys of the one model that may stand at a path; none if several may."""
    models = models_at(model, path) if model is not None else ()
    return list(keys_of(models[0])) if len(models) == 1 else ()
