"""glue.yaml → Glue: packet kinds, and which output port feeds which input port."""

from collections.abc import Collection, Iterable, Iterator

from qpf.model.diagnostic import Diagnostic, Outcome, Report
from qpf.model.fleet import Connection, Glue, Port
from qpf.model.nearest import did_you_mean
from qpf.model.node import Entry, Scalar, find, freeze, locate
from qpf.model.node import Mapping as MappingNode
from qpf.model.path import Path
from qpf.model.respelling import respelt
from qpf.model.span import Span
from qpf.stages import codes
from qpf.stages.headers import GlueHeader
from qpf.stages.parse import Documents
from qpf.syntax.bind import bind


def read_glue(documents: Documents) -> Outcome[Glue]:
    """Read glue.yaml; without one, no agent talks to another. What is wrong is left out, the rest is read."""
    document = documents.glue
    if document is None:
        return Outcome(Glue(readable="glue:glue" not in documents.unread))
    body = document.body
    header = bind(body, GlueHeader)
    report, readable = header.report, header.value is not None
    if header.value is None:
        body = _sound_part(body, report)
        header = bind(body, GlueHeader)
    if header.value is None:
        return Outcome(Glue(readable=False), report)
    packets = {name: kind.model_dump() for name, kind in header.value.packets.items()}
    connections = tuple(_connections(body, header.value))
    found = _unknown(connections, _names(document.body), documents.known("agent"))
    declared = find(body, ("packets",))
    kinds = declared if isinstance(declared, MappingNode) else None
    return Outcome(Glue(freeze(packets), connections, readable, kinds), report + Report.of(found))


def _unknown(
    connections: Iterable[Connection], packets: Collection[str], agents: Collection[str]
) -> Iterator[Diagnostic]:
    """Names in connections that nobody bears."""
    for connection in connections:
        for port in (connection.source, connection.target):
            if port.agent not in agents:
                yield Diagnostic(
                    codes.UNKNOWN_ENDPOINT,
                    f"the glue layer names agent {port.agent}, which does not exist",
                    port.span,
                    hint=did_you_mean(port.agent, agents),
                )
        if connection.packet not in packets:
            yield Diagnostic(
                codes.UNKNOWN_PACKET,
                f"{connection.source} → {connection.target} carries {connection.packet}, "
                "a packet kind that is not declared",
                connection.span,
                hint=did_you_mean(connection.packet, packets, "declare it under `packets:`"),
                fix=respelt(connection.span, connection.packet, packets),
            )


def _names(body: MappingNode) -> Collection[str]:
    """Names of the packet kinds that are declared, well or not."""
    packets = find(body, ("packets",))
    return packets.entries.keys() if isinstance(packets, MappingNode) else ()


def _sound_part(body: MappingNode, report: Report) -> MappingNode:
    """The tree without what is wrong: single packet kinds, connections and meshes, or a key as a whole."""
    wrong = {found.path[:2] for found in report.diagnostics}
    entries: dict[str, Entry] = {}
    for key, entry in body.entries.items():
        node = entry.node
        if (key,) in wrong:
            continue
        if isinstance(node, Scalar):
            entries[key] = entry
        elif isinstance(node, MappingNode):
            kept = {name: each for name, each in node.entries.items() if (key, name) not in wrong}
            entries[key] = entry._replace(node=node._replace(entries=kept))
        else:
            items = tuple(item for at, item in enumerate(node.items) if (key, at) not in wrong)
            entries[key] = entry._replace(node=node._replace(items=items))
    return body._replace(entries=entries)


def _connections(body: MappingNode, header: GlueHeader) -> Iterator[Connection]:
    def port(text: str, span: Span) -> Port:
        agent, _, name = text.partition(".")
        return Port(agent, name, span)

    for index, each in enumerate(header.connections):
        at: Path = ("connections", index)
        yield Connection(
            port(each.source, locate(body, (*at, "from"))),
            port(each.target, locate(body, (*at, "to"))),
            each.packet,
            each.priority,
            locate(body, (*at, "packet")),
        )
    for index, mesh in enumerate(header.meshes):
        at = ("meshes", index)
        spans = [locate(body, (*at, "agents", member)) for member in range(len(mesh.agents))]
        for sender, sender_span in zip(mesh.agents, spans, strict=True):
            for receiver, receiver_span in zip(mesh.agents, spans, strict=True):
                if sender != receiver:
                    yield Connection(
                        Port(sender, mesh.output, sender_span),
                        Port(receiver, mesh.input, receiver_span),
                        mesh.packet,
                        mesh.priority,
                        locate(body, (*at, "packet")),
                    )
