"""Why an agent's files are not kept: the inputs that are not what they were at the last compile, and where.

Of the last compile only digests are known. Where git still has the bytes of one, the first line that differs
is named; else the file alone.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field

from qpf.compilation.checking import Known
from qpf.compilation.front import Front
from qpf.engine.state import Kept, State
from qpf.gitops.causes import first_difference
from qpf.model.fleet import Environment
from qpf.model.forecast import Cause, Place, Reason
from qpf.model.span import Span
from qpf.stages.view import wires_of

Before = Callable[[str, str], bytes | None]
"""Gives the content that a source of a digest had, if somebody still has it."""


@dataclass(frozen=True)
class Why:
    """Answers for the agents of one environment.

    Attributes:
        front: The fleet.
        environment: The environment.
        known: Its agents, planned.
        state: What the last compile left.
        before: See `Before`.
    """

    front: Front
    environment: Environment
    known: Mapping[str, Known]
    state: State
    before: Before
    _lines: dict[tuple[str, str], Place] = field(default_factory=dict)

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
        return self._said(agent).get(name, (Place(name),) if "/" in name else ())

    def _said(self, agent: str) -> Mapping[str, tuple[Place, ...]]:
        """Where inputs are written that count by what they say."""
        glue, overrides = self.environment.glue, self.front.configuration.overrides[self.environment.name]
        own, everyone = overrides.agents.get(agent), overrides.everyone
        here, wires = Place(overrides.source), wires_of(agent, self.environment)
        packets = sorted(_at(glue.packet_span(kind)) for kind in glue.packets)
        past = self.front.workspace.history
        spans = (each.span for each in (past.defaults if past else ()))
        return {
            "defaults of migrations": tuple(sorted({_at(span) for span in spans if span})),
            "fleet": (Place("qpf.yaml"),),
            "environment": (here,),
            "overrides": (here if own is None else _at(own.span),),
            "overrides for all": (here if everyone is None else _at(everyone.span),),
            "connections": tuple(sorted({_at(wire.span) for wire in wires})) or (Place("glue.yaml"),),
            "packets": tuple(packets[:1]) or (Place("glue.yaml"),),
        }

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


def _at(span: Span) -> Place:
    return Place(span.source, span.line, span.column)
