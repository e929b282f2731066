"""Which artifacts a value reaches, and which value an artifact's line comes from.

Found by changing a value and emitting again: nothing is written into the output for this,
emitters declare nothing, and the map is what really happens.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from msgspec.structs import replace

from qpf.drift.diff import diff
from qpf.drift.golden import golden
from qpf.gitops.perturb import another
from qpf.model.artifact import COMPOSED, Artifact
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
        composed = {name for name, each in mine.items() if each.emitter == COMPOSED}
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
        environment, name = self.compiled.environment.name, self.agent.name
        now = golden(environment, name, self.compiled.artifacts_of(name).values())
        for path in self._candidates(edit):
            tried = self._try(path)
            if tried and any(
                _touches(each.path, edit.path) for each in diff(now, golden(environment, name, tried))
            ):
                return path, self.agent.span(*path)
        return None

    def source_of_line(self, artifact: str, line: int) -> tuple[Path, Span] | None:
        """The value of the composed document behind a line of an artifact, and where it is set."""
        now = self.compiled.artifacts_of(self.agent.name)[artifact].content.splitlines()
        if not 1 <= line <= len(now):
            return None
        text = now[line - 1]
        for path in self._candidates(Edit((), "changed", after=text.decode(errors="replace"))):
            for each in self._try(path):
                if each.path == artifact and text not in each.content.splitlines():
                    return path, self.agent.span(*path)
        return None

    def _candidates(self, edit: Edit) -> list[Path]:
        """Values that can be seen in the difference, those first that are all of it.

        A difference in which no value can be seen (a digest, say) is left without a line: every
        value of the agent reaches it, so naming one would mislead.
        """
        ranked = [
            (not whole, [str(part) for part in path], path)
            for path, node in leaves(self.agent.composed.body)
            if isinstance(node, Scalar) and (whole := _seen(node.value, edit)) is not None
        ]
        return [path for _, _, path in sorted(ranked, key=lambda each: each[:2])]

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
        mapping = isinstance(values, Mapping) and part in values
        if not mapping and not (isinstance(values, list) and isinstance(part, int) and part < len(values)):
            return False
        values = values[part]
    if not path or (isinstance(values, dict) and path[-1] not in values):
        return False
    values[path[-1]] = _another(values[path[-1]])
    return True


def _another(value: Data) -> Data:
    if isinstance(value, list):
        return value[:-1]
    return {} if isinstance(value, dict) else another(value)


def _seen(value: Data, edit: Edit) -> bool | None:
    """Whether a value is all of a difference, or, as False, a word of it; None where it is neither."""
    if value in (None, ""):
        return None
    for side in (edit.after, edit.before):
        if type(side) is type(value) and side == value:
            return True
    text = f"{edit.after} {edit.before}"
    return False if re.search(rf"(?<![\w.:-]){re.escape(str(value))}(?![\w-])", text) else None


def _touches(one: Path, other: Path) -> bool:
    shorter = min(len(one), len(other))
    return one[:shorter] == other[:shorter]
