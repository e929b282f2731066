"""Which artifacts a value reaches, and which value an artifact's line comes from.

Found by changing a value and emitting again: nothing is written into the output for this,
emitters declare nothing, and the map is what really happens.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from qpf.drift.diff import diff
from qpf.drift.golden import golden
from qpf.model.artifact import Artifact
from qpf.model.change import Edit
from qpf.model.compiled import Compiled
from qpf.model.fleet import Agent, Environment
from qpf.model.node import Data, Scalar, freeze, thaw
from qpf.model.path import Path
from qpf.model.span import Span
from qpf.stages.provenance import leaves

Emit = Callable[[Environment, str], tuple[Artifact, ...]]
"""Emits one agent's artifacts; of an agent that an emitter cannot digest, none."""


@dataclass
class SourceMap:
    """Answers for one agent; each value is tried at most once."""

    compiled: Compiled
    agent: Agent
    emit: Emit
    _tried: dict[Path, tuple[Artifact, ...]] = field(default_factory=dict)

    def reach(self, path: Path) -> frozenset[str]:
        """Paths of the artifacts that a value reaches; the composed document always."""
        mine = self.compiled.artifacts_of(self.agent.name)
        tried = {each.path: each.content for each in self._try(path)}
        composed = {name for name, each in mine.items() if each.emitter == "composed"}
        if not tried:
            return frozenset(mine)
        return frozenset(
            composed
            | {
                name
                for name, each in mine.items()
                if name not in composed and tried.get(name) != each.content
            }
        )

    def source_of(self, edit: Edit) -> tuple[Path, Span] | None:
        """The value of the composed document behind a difference in the approved state, and its line."""
        now = golden(self.compiled.environment.name, self.agent.name, self.compiled.artifacts)
        for path in self._candidates(edit):
            tried = self._try(path)
            if tried and any(
                _touches(each.path, edit.path)
                for each in diff(now, golden(self.compiled.environment.name, self.agent.name, tried))
            ):
                return path, self.agent.span(*path)
        return None

    def _candidates(self, edit: Edit) -> list[Path]:
        """All values, those first that look like the difference."""
        words = {str(part) for part in edit.path}
        ranked = [
            (self._unlikely(node.value, path, edit, words), [str(part) for part in path], path)
            for path, node in leaves(self.agent.composed.body)
            if isinstance(node, Scalar)
        ]
        return [path for _, _, path in sorted(ranked, key=lambda each: each[:2])]

    @staticmethod
    def _unlikely(value: Data, path: Path, edit: Edit, words: set[str]) -> int:
        same = value is not None and value in (edit.after, edit.before)
        return 2 * (not same) + (str(path[-1]) not in words if path else True)

    def _try(self, path: Path) -> tuple[Artifact, ...]:
        if path not in self._tried:
            values = thaw(self.agent.values)
            changed = _replace(values, path)
            agents = {
                **self.compiled.environment.agents,
                self.agent.name: replace(self.agent, values=freeze(values)),
            }
            environment = replace(self.compiled.environment, agents=MappingProxyType(agents))
            self._tried[path] = self.emit(environment, self.agent.name) if changed else ()
        return self._tried[path]


def _replace(values: Data, path: Path) -> bool:
    """Put another value of the same type at a path; whether there was something to change."""
    for part in path[:-1]:
        if isinstance(values, Mapping) and part in values:
            values = values[part]
        elif isinstance(values, list) and isinstance(part, int) and part < len(values):
            values = values[part]
        else:
            return False
    if not path or (isinstance(values, dict) and path[-1] not in values):
        return False
    values[path[-1]] = _another(values[path[-1]])
    return True


def _another(value: Data) -> Data:
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float):
        return value + 1
    if isinstance(value, str):
        return f"{value}x"
    if isinstance(value, list):
        return value[:-1]
    return {} if isinstance(value, dict) else "x"


def _touches(one: Path, other: Path) -> bool:
    shorter = min(len(one), len(other))
    return one[:shorter] == other[:shorter]
