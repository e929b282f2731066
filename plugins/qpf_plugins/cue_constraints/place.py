"""Places in constraints as spans, and agents as the documents that constraints speak of."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from qpf.api import Agent, Environment, Span, parted

if TYPE_CHECKING:
    from cuelang import Position


def span_of(at: "Position") -> Span:
    """A position in a file of constraints."""
    return Span(at.file, at.line, at.column, at.line, at.column)


def document_of(agent: Agent, environment: Environment) -> tuple[dict[str, Any], tuple[tuple[str, ...], ...]]:
    """An agent as constraints see it: its sections with defaults, its name, its role, its environment.

    What is not set is not there, rather than null: a constraint asks for it by `name!: string`. Paths of what
    is not known, because it is in error, come with it.
    """
    known, unknown = parted(agent.values)
    sections = {name: _set(section) for name, section in known.items()}
    return {**sections, "name": agent.name, "role": agent.role, "environment": environment.name}, unknown


def _set(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _set(each) for key, each in value.items() if each is not None}
    if isinstance(value, list | tuple):
        return [_set(each) for each in value]
    return value
