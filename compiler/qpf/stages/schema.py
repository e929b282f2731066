"""The agent schema: the registered sections, and what follows from them for the line."""

from collections.abc import Iterable, Mapping

from msgspec import Struct

from qpf.evolution.history import Default
from qpf.model.extension import Section
from qpf.model.node import Data
from qpf.model.path import Path, parse_path
from qpf.stages.claims import Rules
from qpf.syntax.known_keys import field_at


class Schema(Struct, frozen=True):
    """Sections by name, and their declarations in the form the stages use.

    Attributes:
        rules: Merge strategies of all sections.
        adds: Where each word of a sub's `adds:` goes, `methods` → `("integration", "methods")`.
        interface: Paths that other agents depend on.
        dependencies: Paths that list the agents an agent needs.
        defaults: Values of fields that nobody sets, since a migration.
    """

    sections: Mapping[str, Section]
    rules: Rules
    adds: Mapping[str, Path]
    interface: tuple[Path, ...]
    dependencies: tuple[Path, ...]
    defaults: tuple[Default, ...] = ()

    @classmethod
    def of(cls, sections: Iterable[Section], defaults: tuple[Default, ...] = ()) -> "Schema":
        """Collect what sections declare."""
        by_name = {section.name: section for section in sections}
        return cls(
            sections=by_name,
            rules=Rules.of(
                (
                    ((name, *parse_path(path)), strategy)
                    for name, section in by_name.items()
                    for path, strategy in section.merge.items()
                ),
                _defaults(by_name.values()),
            ),
            adds={
                word: (name, *parse_path(path))
                for name, section in by_name.items()
                for word, path in section.adds.items()
            },
            interface=_paths(by_name, "interface"),
            dependencies=_paths(by_name, "dependencies"),
            defaults=defaults,
        )


def _defaults(sections: Iterable[Section]) -> dict[Path, Data]:
    """What sections say of governed values that no layer sets."""
    found: dict[Path, Data] = {}
    for section in sections:
        for text in section.merge:
            path = parse_path(text)
            field = field_at(section.model, path)
            if field is not None and isinstance(field.default, bool | int | float | str):
                found[section.name, *path] = field.default
    return found


def _paths(sections: Mapping[str, Section], declaration: str) -> tuple[Path, ...]:
    return tuple(
        (name, *parse_path(path))
        for name, section in sections.items()
        for path in getattr(section, declaration)
    )
