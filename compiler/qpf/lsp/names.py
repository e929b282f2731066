"""Names that a fleet's files call each other by: where each is declared, and where it is said."""

from collections.abc import Iterator
from collections.abc import Mapping as ReadOnly
from typing import NamedTuple

from qpf.host.workspace import Workspace
from qpf.lsp.standing import place
from qpf.model.fleet import Document
from qpf.model.node import Mapping, Node, Sequence, find, locate
from qpf.model.path import Path
from qpf.model.span import Span, start_of
from qpf.stages.kinds import NAMES, Named


class Name(NamedTuple):
    """A name, and what it is the name of; a port's is `agent.port`."""

    kind: Named
    name: str


_KEYS: ReadOnly[tuple[str, str], Named] = {
    ("environment", "options.*"): "emitter",
    ("environment", "overrides.agents.*"): "agent",
    ("fleet", "environments.*"): "environment",
    ("glue", "packets.*"): "packet",
}


def kind_at(kind: str, path: Path, workspace: Workspace, *, key: bool = False) -> Named | None:
    """What a value (or a key) at a path of a file is the name of; None if it is no name."""
    if key:
        return _KEYS.get((kind, ".".join((*map(str, path[:-1]), "*"))))
    plain = ".".join(part if isinstance(part, str) else "*" for part in path)
    found = NAMES.get(kind, {}).get(plain)
    return found or _in_section(place(kind, path, workspace).section, workspace)


def _in_section(path: Path, workspace: Workspace) -> Named | None:
    """Whom an agent needs, as sections declare; and packets of ports, by the glue layer's word for them."""
    if path and path[:-1] in workspace.schema.dependencies and isinstance(path[-1], int):
        return "agent"
    of_port = any(path[: len(ports)] == ports for ports in workspace.schema.interface)
    return "packet" if of_port and path[-1] in {"packet", "reply"} else None


def known(kind: Named, workspace: Workspace) -> list[str]:
    """Every name of a kind, sorted; ports are asked for by side."""
    documents = workspace.documents
    match kind:
        case "agent" | "base" | "sub" | "environment":
            return sorted(documents.known(kind))
        case "packet":
            return [] if documents.glue is None else packets(documents.glue.body)
        case "emitter":
            return sorted(workspace.emitters)
        case "port":
            return [
                f"{agent}.{port}" for side in ("output", "input") for agent, port in ports(side, workspace)
            ]


def packets(glue: Node) -> list[str]:
    """The kinds of packets that a glue file declares, whatever else is wrong with it."""
    node = find(glue, ("packets",))
    return sorted(node.entries) if isinstance(node, Mapping) else []


def ports(side: str, workspace: Workspace) -> Iterator[tuple[str, str]]:
    """Agents and their ports.

    Args:
        side: `output` or `input`, as the glue layer calls them and sections that declare ports do.
        workspace: The fleet.
    """
    for agent in sorted(workspace.assemblies.agents):
        yield from ((agent, port) for port, _ in _ports_of(agent, side, workspace))


def ports_of(agent: str, workspace: Workspace) -> Iterator[tuple[str, Span]]:
    """The ports of an agent, with where they are declared."""
    for side in ("output", "input"):
        yield from _ports_of(agent, side, workspace)


def _ports_of(agent: str, side: str, workspace: Workspace) -> Iterator[tuple[str, Span]]:
    """What layers say of an agent's ports, whatever an environment makes of it; the lowest layer declares."""
    seen: set[str] = set()
    for contribution in workspace.assemblies.agents[agent].contributions:
        for path in workspace.schema.interface:
            node = find(contribution.body, path) if path[-1] == side else None
            for port, entry in node.entries.items() if isinstance(node, Mapping) else ():
                if port not in seen:
                    seen.add(port)
                    yield port, entry.span


def declared(name: Name, workspace: Workspace) -> Span | None:
    """Where a name is declared."""
    documents, configuration = workspace.documents, workspace.configuration
    match name:
        case Name("agent" | "base" | "sub" as kind, each):
            group = {"agent": documents.agents, "base": documents.bases, "sub": documents.subs}[kind]
            return _name_of(group.get(each))
        case Name("environment", each):
            document = documents.environments.get(each)
            return None if document is None else start_of(document.source)
        case Name("packet", each):
            glue = configuration.glue if configuration else None
            return glue.packet_span(each) if glue and each in glue.packets else None
        case Name("port", each):
            agent, _, port = each.partition(".")
            if agent not in workspace.assemblies.agents:
                return declared(Name("agent", agent), workspace)
            found = dict(ports_of(agent, workspace))
            return found.get(port) or declared(Name("agent", agent), workspace)
    return None


def _name_of(document: Document | None) -> Span | None:
    return None if document is None else locate(document.body, ("name",))


def said(name: Name, workspace: Workspace) -> Iterator[Span]:
    """Every place where a name is said."""
    for document in workspace.documents.all:
        for path, span, key, text in _texts(document.body):
            kind = kind_at(document.kind, path, workspace, key=key)
            of_port = kind == "port" and name.kind == "agent" and text.partition(".")[0] == name.name
            if of_port or (kind == name.kind and text == name.name):
                yield span


def _texts(node: Node, path: Path = ()) -> Iterator[tuple[Path, Span, bool, str]]:
    """Every key and every text of a document."""
    if isinstance(node, Mapping):
        for key, entry in node.entries.items():
            yield (*path, key), entry.span, True, key
            yield from _texts(entry.node, (*path, key))
    elif isinstance(node, Sequence):
        for index, item in enumerate(node.items):
            yield from _texts(item, (*path, index))
    elif isinstance(node.value, str):
        yield path, node.span, False, node.value
