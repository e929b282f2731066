"""Why an agent's files are not kept: the inputs that are not what they were at the last compile, and where.

Of the last compile only digests are known. Where git still has the bytes of one, the first line that differs
is named; else the file alone.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from functools import cached_property

from msgspec import Struct

from qpf.compilation.checking import Known
from qpf.compilation.front import Front
from qpf.engine.state import Kept, State
from qpf.gitops.causes import first_difference
from qpf.model.digest import ordered
from qpf.model.fleet import Environment
from qpf.model.forecast import Cause, Place, Reason
from qpf.model.node import Entry, Node, Sequence, find, locate, to_data
from qpf.model.node import Mapping as MappingNode
from qpf.model.path import Path
from qpf.model.span import Span
from qpf.stages.view import wires_of
from qpf.syntax.reader import read_yaml

_FLEET, _GLUE = "qpf.yaml", "glue.yaml"
_OF_FLEET: tuple[Path, ...] = (("fleet",), ("schema_version",), ("environments",), ("targets",))
"""Keys of `qpf.yaml` that every extraction is shown."""

Before = Callable[[str, str], bytes | None]
"""Gives the content that a source of a digest had, if somebody still has it."""


class Why(Struct, frozen=True, dict=True):
    """Answers for the agents of one environment.

    Attributes:
        front: The fleet.
        environment: The environment.
        known: Its agents, planned.
        state: What the last compile left.
        before: See `Before`.
        sealed: Digests of the sources that the last compile sealed, by path.
    """

    front: Front
    environment: Environment
    known: Mapping[str, Known]
    state: State
    before: Before
    sealed: Mapping[str, str] = {}
    _lines: dict[tuple[str, str], Place] = {}
    _parts_of: dict[tuple[str, tuple[Path, ...]], tuple[Place, ...]] = {}

    def causes(self, agent: str, edited: Collection[str] = ()) -> tuple[Cause, ...]:
        """Every reason why an agent's files are not kept.

        Args:
            agent: Whose.
            edited: Files of it that are not as they were written.
        """
        kept = self.state.agents.get(agent)
        if kept is None:
            if not self.state.agents:
                return (Cause("no memory of it"),)
            return (Cause("new agent", places=(Place(self.known[agent].record.source),)),)
        full = self.known[agent].full
        assert full is not None
        before = _named({**kept.inputs, **self.state.tools})
        after = _named(full.all)
        causes = tuple(self._differences(kept, agent, before, after))
        places = tuple(Place(path) for path in edited)
        if places:
            causes = (*causes, Cause("files were changed by hand", places=places))
        return causes or (Cause("no memory of it"),)

    def _differences(
        self, kept: Kept, agent: str, before: Mapping[str, str], after: Mapping[str, str]
    ) -> Iterator[Cause]:
        for name in sorted({*before, *after}):
            old, new = before.get(name, ""), after.get(name, "")
            if old != new:
                reason: Reason = "changed" if old and new else "new" if new else "gone"
                places = self._places(agent, name)
                if reason == "changed" and name in self.front.sources:
                    places = (self._first_difference(name, kept.layers.get(name, old)),)
                yield Cause(reason, name, old, new, places)

    def _places(self, agent: str, name: str) -> tuple[Place, ...]:
        """Where an input is written."""
        neighbour = self.known.get(name.removeprefix("interface of "))
        if neighbour is not None:
            return (Place(neighbour.record.source),)
        said = self._said(agent, name)
        return said if said is not None else (Place(name),) if "/" in name else ()

    def _said(self, agent: str, name: str) -> tuple[Place, ...] | None:
        """Where an input is written that counts by what it says; None of any other."""
        overrides = self.front.configuration.overrides[self.environment.name]
        own, everyone, here = overrides.agents.get(agent), overrides.everyone, Place(overrides.source)
        past = self.front.workspace.history
        match name:
            case "defaults of migrations":
                return _all(each.span for each in (past.defaults if past else ()) if each.span)
            case "fleet":
                return self._parts(_FLEET, *_OF_FLEET) or (Place(_FLEET),)
            case "environment":
                parts = self._parts(overrides.source, ("targets",), ("options",))
                return parts or self._parts(_FLEET, ("targets",)) or (here,)
            case "overrides":
                parts = self._parts(overrides.source, ("overrides", "agents", agent))
                return parts or (here if own is None else _at(own.span),)
            case "overrides for all":
                parts = self._parts(overrides.source, ("overrides", "all"))
                return parts or (here if everyone is None else _at(everyone.span),)
            case "connections":
                wires = [wire.span for wire in wires_of(agent, self.environment)]
                return _all(self._new_wires.intersection(wires)) or _all(wires) or (Place(_GLUE),)
            case "packets":
                return self._parts(_GLUE, ("packets",)) or (Place(_GLUE),)
        return None

    def _parts(self, file: str, *paths: Path) -> tuple[Place, ...]:
        """Where what a file says at some paths is not what it said; nowhere, if nobody knows."""
        if (file, paths) not in self._parts_of:
            before, now = self._said_before(file), self.front.workspace.documents.of(file)
            spans: list[Span] = []
            if before is not None and now is not None:
                for path in paths:
                    above = locate(now.body, path[:-1])
                    spans += _differing(_entry(before, path), _entry(now.body, path), above)
            self._parts_of[file, paths] = _all(spans)
        return self._parts_of[file, paths]

    @cached_property
    def _new_wires(self) -> frozenset[Span]:
        """Where connections stand that `glue.yaml` did not say before; nowhere, if nobody knows."""
        before, now = self._said_before(_GLUE), self.front.workspace.documents.of(_GLUE)
        if before is None or now is None:
            return frozenset()
        known = {ordered(to_data(item)) for item in _wires(before)}
        return frozenset(
            locate(item, ("packet",)) for item in _wires(now.body) if ordered(to_data(item)) not in known
        )

    def _said_before(self, path: str) -> MappingNode | None:
        """What a file said, if it is another one now."""
        old, now = self.sealed.get(path, ""), self.front.sources.get(path)
        content = self.before(path, old) if old and now is not None and now.digest != old else None
        return None if content is None else read_yaml(path, content).value

    def _first_difference(self, path: str, old: str) -> Place:
        if (path, old) not in self._lines:
            content = self.before(path, old)
            now = self.front.sources[path].content
            line = None if content is None else first_difference(content, now)
            self._lines[path, old] = Place(path, line)
        return self._lines[path, old]


def _named(inputs: Mapping[str, str]) -> dict[str, str]:
    """Inputs by names that do not change with their version: `plugin acme`, `qpf`, `python`."""
    found = {}
    for name, value in inputs.items():
        tool, _, version = name.rpartition(" ")
        if tool and value.startswith("sha256:") and version[:1].isdigit():
            found[tool if tool == "qpf" else f"plugin {tool}"] = f"{version} {value}"
        else:
            found[name] = value
    return found


def _entry(body: MappingNode, path: Path) -> Entry | None:
    """The entry at a path of keys, if there is one."""
    above = find(body, path[:-1])
    return above.entries.get(str(path[-1])) if isinstance(above, MappingNode) else None


def _wires(glue: MappingNode) -> Iterator[Node]:
    """Everything in `glue.yaml` that connects agents."""
    for key in ("connections", "meshes"):
        listed = find(glue, (key,))
        if isinstance(listed, Sequence):
            yield from listed.items


def _differing(before: Entry | None, now: Entry | None, above: Span) -> Iterator[Span]:
    """The innermost places at which something says other than it did; what is gone was said above."""
    if now is None:
        if before is not None:
            yield above
    elif before is None:
        yield now.span
    elif ordered(to_data(before.node)) != ordered(to_data(now.node)):
        one, other = before.node, now.node
        if not (isinstance(one, MappingNode) and isinstance(other, MappingNode)):
            yield other.span
            return
        inner = [
            span
            for key in {**one.entries, **other.entries}
            for span in _differing(one.entries.get(key), other.entries.get(key), now.span)
        ]
        yield from inner or [now.span]  # They come in another order.


def _all(spans: Iterable[Span]) -> tuple[Place, ...]:
    return tuple(sorted({_at(span) for span in spans}))


def _at(span: Span) -> Place:
    return Place(span.source, span.line, span.column)
