"""Which fields are governed, as sections declare it: by how they are merged, or by what is said of them."""

from collections.abc import Iterable

from pydantic.fields import FieldInfo

from qpf.evolution.diff.judging.policy import Governing
from qpf.evolution.diff.judging.tightness import Governed
from qpf.gitops.schemas import strategy_at
from qpf.model.extension import Section
from qpf.model.merge import Fixed, Tighten
from qpf.model.node import Data
from qpf.model.path import Path, parse_path
from qpf.stages.claims import Rules
from qpf.stages.schema import Schema
from qpf.syntax.known_keys import field_at, models_at


def governing(sections: Iterable[Section]) -> Governing:
    """How fields are governed."""
    known = {section.name: section for section in sections}
    merged = strategy_at(Schema.of(known.values()).rules)
    declared = strategy_at(
        Rules.of(
            ((name, *parse_path(path)), strategy)
            for name, section in known.items()
            for path, strategy in section.policy.items()
        )
    )

    def look(path: Path) -> Governed | None:
        for strategies in (merged, declared):
            strategy = strategies(path)
            if isinstance(strategy, Tighten | Fixed):
                default, always = _said(known[str(path[0])], path[1:])
                return Governed(strategy, default, strategies is merged, always)
        return None

    return look


def _said(section: Section, path: Path) -> tuple[Data, bool]:
    """What a section says where no layer speaks, and whether all that the field is in is always there."""
    default: Data = None
    always = True
    at: Path = ()
    for part in path:
        item = (*at, 0)  # items of lists may go by names, too
        at = item if models_at(section.model, item) else (*at, part)
        field = field_at(section.model, at)
        if len(at) < len(path):
            always = always and field is not None and (field.is_required() or field.default is not None)
        else:
            default = _plain(field) if field is not None else None
    return default, always


def _plain(field: FieldInfo) -> Data:
    default = field.get_default(call_default_factory=True)
    if isinstance(default, list | dict):
        return list(default)
    return default if isinstance(default, bool | int | float | str) else None
