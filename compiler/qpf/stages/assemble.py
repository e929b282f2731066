"""Which schemas speak for an agent: its base, its subs and theirs, before any environment.

An assembly is the same in every environment, so it is made once.
"""

from collections.abc import Iterator, Mapping
from itertools import pairwise
from types import MappingProxyType

from msgspec import Struct

from qpf.model.diagnostic import Diagnostic, Note, Outcome, Report
from qpf.model.fleet import Document
from qpf.model.layer import AGENT, BASE, SUB, Contribution
from qpf.model.nearest import did_you_mean
from qpf.model.node import Data, find, freeze, locate, to_data
from qpf.model.node import Mapping as MappingNode
from qpf.model.path import Path
from qpf.model.respelling import respelt
from qpf.stages import codes
from qpf.stages.alone import LAST, alone
from qpf.stages.headers import AgentHeader, BaseHeader, SubHeader
from qpf.stages.parse import Documents
from qpf.stages.parts import Part, parts_of
from qpf.stages.schema import Schema


class Assembly(Struct, frozen=True):
    """The layers of one agent below the environment.

    Attributes:
        agent: Its own file.
        base: Its base.
        subs: Names of its subs.
        parts: All of them, lowest first.
    """

    agent: Part
    base: Part
    subs: tuple[str, ...]
    parts: tuple[Part, ...]

    @property
    def contributions(self) -> tuple[Contribution, ...]:
        """What they say."""
        return tuple(each for part in self.parts for each in part.contributions)

    @property
    def layers(self) -> tuple[str, ...]:
        """Paths of their files."""
        return tuple(part.document.source for part in self.parts)

    @property
    def documents(self) -> tuple[str, ...]:
        """Digests of what the files say."""
        return tuple(part.digest for part in self.parts)


class Library(Struct, frozen=True):
    """The schemas that agents are composed of.

    Attributes:
        documents: Where they were read, for the names that exist.
        data: The subs' documents as data.
    """

    documents: Documents
    bases: Mapping[str, Part]
    subs: Mapping[str, Part]
    data: Mapping[str, Data]


class Assemblies(Struct, frozen=True):
    """All agents' assemblies, and the schemas they are composed of."""

    agents: Mapping[str, Assembly]
    library: Library


def assemble(documents: Documents, schema: Schema) -> Outcome[Assemblies]:
    """Resolve every composition; what cannot be resolved is found, the rest goes on."""
    library = collect_library(documents, schema)
    agents = assemble_agents(documents.agents, library.value, schema)
    return Outcome(Assemblies(agents.value, library.value), library.report + agents.report)


def collect_library(documents: Documents, schema: Schema) -> Outcome[Library]:
    """Take bases and subs apart, and check them before any agent uses them."""
    found: list[Diagnostic] = []
    reports: list[Report] = []
    bases = parts_of(documents.bases, BaseHeader, BASE, schema, reports)
    subs = parts_of(documents.subs, SubHeader, SUB, schema, reports)
    for part in subs.values():
        _close(part, subs, documents, found)
        found += _unknown_adds(part, schema)
    data = {name: freeze(to_data(part.document.body)) for name, part in subs.items()}
    return Outcome(
        Library(documents, MappingProxyType(bases), MappingProxyType(subs), MappingProxyType(data)),
        Report.join((*reports, Report.of(found))),
    )


def assemble_agents(
    documents: Mapping[str, Document], library: Library, schema: Schema
) -> Outcome[Mapping[str, Assembly]]:
    """Resolve the compositions of agents, each for itself; without those that cannot be resolved."""
    reports: list[Report] = []
    found: list[Diagnostic] = []
    assemblies: dict[str, Assembly] = {}
    for name, part in sorted(parts_of(documents, AgentHeader, AGENT, schema, reports).items()):
        assembly = _assemble(part, library.bases, library.subs, library.documents, found)
        if assembly:
            assemblies[name] = assembly
        else:
            reports.append(alone(part.document, part.contributions, schema, LAST))
    return Outcome(MappingProxyType(assemblies), Report.join((*reports, Report.of(found))))


def _assemble(
    agent: Part,
    bases: Mapping[str, Part],
    subs: Mapping[str, Part],
    documents: Documents,
    found: list[Diagnostic],
) -> Assembly | None:
    header = agent.header
    assert isinstance(header, AgentHeader)
    composition = header.composition
    body = agent.document.body
    base = bases.get(composition.base)
    if base is None:
        if composition.base not in documents.known("base"):
            found.append(
                Diagnostic(
                    codes.UNKNOWN_BASE,
                    f"there is no base {composition.base}",
                    locate(body, ("composition", "base")),
                    ("composition", "base"),
                    hint=did_you_mean(composition.base, documents.known("base")),
                    fix=respelt(
                        locate(body, ("composition", "base")), composition.base, documents.known("base")
                    ),
                )
            )
        return None
    order: dict[str, Part] = {}
    complete = True
    for index, name in enumerate(composition.subs):
        at: Path = ("composition", "subs", index)
        if name in subs:
            order.update({each.document.name: each for each in _close(subs[name], subs, documents, [])})
        else:
            complete = False
            found += _unknown_sub(name, agent, at, documents)
    wanted = {None: composition.type, True: "composite", False: "atomic"}[
        None if composition.type is None else bool(composition.subs)
    ]
    if wanted != composition.type:
        found.append(
            Diagnostic(
                codes.WRONG_TYPE_TAG,
                f"{header.name} says it is {composition.type}, but it is composed of "
                + ("subs" if composition.subs else "no subs"),
                locate(body, ("composition", "type")),
                ("composition", "type"),
                hint=f"write `type: {wanted}`, or leave it out",
            )
        )
    for part in order.values():
        found += _misfit(agent, base, part)
    if not complete:
        return None
    parts = (base, *(order[name] for name in sorted(order)), agent)
    return Assembly(
        agent,
        base,
        tuple(sorted(order)),
        parts,
    )


def _close(part: Part, subs: Mapping[str, Part], documents: Documents, found: list[Diagnostic]) -> list[Part]:
    """A sub and every sub below it, once each; cycles and unknown names are found at the top of the walk."""
    closed: dict[str, Part] = {}

    def walk(current: Part, above: tuple[str, ...]) -> None:
        name = current.document.name
        closed[name] = current
        for index, below in enumerate(_subs_of(current)):
            at: Path = ("composition", "subs", index)
            if below in (*above, name):
                if below == part.document.name == min((*above, name)):
                    found.append(_cycle((*above, name, below), subs, current, at))
            elif below in subs:
                if below not in closed:
                    walk(subs[below], (*above, name))
            elif not above:
                found.extend(_unknown_sub(below, current, at, documents))

    walk(part, ())
    return list(closed.values())


def _subs_of(part: Part) -> list[str]:
    return part.header.composition.subs if isinstance(part.header, SubHeader) else []


def _cycle(names: tuple[str, ...], subs: Mapping[str, Part], last: Part, at: Path) -> Diagnostic:
    notes = tuple(
        Note(f"{name} is composed of {below} here", locate(subs[name].document.body, ("composition", "subs")))
        for name, below in pairwise(names[:-1])
    )
    return Diagnostic(
        codes.SUB_CYCLE,
        f"sub-schemas are composed in a circle: {' → '.join(names)}",
        locate(last.document.body, at),
        at,
        notes,
        hint="take one of them out of the circle",
    )


def _unknown_sub(name: str, part: Part, at: Path, documents: Documents) -> Iterator[Diagnostic]:
    if name not in documents.known("sub"):
        yield Diagnostic(
            codes.UNKNOWN_SUB,
            f"there is no sub-schema {name}",
            locate(part.document.body, at),
            at,
            hint=did_you_mean(name, documents.known("sub")),
            fix=respelt(locate(part.document.body, at), name, documents.known("sub")),
        )


def _misfit(agent: Part, base: Part, sub: Part) -> Iterator[Diagnostic]:
    fits = sub.header.parent_base if isinstance(sub.header, SubHeader) else []
    if fits and base.document.name not in fits:
        yield Diagnostic(
            codes.BASE_MISFIT,
            f"sub {sub.document.name} is not made for base {base.document.name}",
            locate(agent.document.body, ("composition", "subs")),
            ("composition", "subs"),
            (Note(f"it fits {', '.join(fits)}", locate(sub.document.body, ("parent_base",))),),
            hint=f"choose a base it fits, or add {base.document.name} to its parent_base",
        )


def _unknown_adds(part: Part, schema: Schema) -> Iterator[Diagnostic]:
    node = find(part.document.body, ("adds",))
    for word in node.entries if isinstance(node, MappingNode) else ():
        if word not in schema.adds:
            yield Diagnostic(
                codes.UNKNOWN_ADDS,
                f"a sub-schema cannot add {word}",
                locate(part.document.body, ("adds", word)),
                ("adds", word),
                hint=did_you_mean(word, schema.adds),
            )
