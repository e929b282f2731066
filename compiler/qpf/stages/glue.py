"""glue.yaml → Glue: packet kinds, and which output port feeds which input port."""

from collections.abc import Iterator

from qpf.model.diagnostic import Diagnostic, Outcome, Report
from qpf.model.fleet import Connection, Glue, Port
from qpf.model.nearest import did_you_mean
from qpf.model.node import Mapping as MappingNode
from qpf.model.node import freeze, locate
from qpf.model.path import Path
from qpf.model.respelling import respelt
from qpf.model.span import Span
from qpf.stages import codes
from qpf.stages.headers import GlueHeader
from qpf.stages.parse import Documents
from qpf.syntax.bind import bind


def read_glue(documents: Documents) -> Outcome[Glue]:
    """Read glue.yaml; without one, no agent talks to another."""
    document = documents.glue
    if document is None:
        return Outcome(Glue(readable="glue:glue" not in documents.unread))
    header = bind(document.body, GlueHeader)
    if header.value is None:
        return Outcome(Glue(readable=False), header.report)
    packets = {name: kind.model_dump() for name, kind in header.value.packets.items()}
    connections = tuple(_connections(document.body, header.value))
    known = documents.known("agent")
    found: list[Diagnostic] = []
    for connection in connections:
        found += [
            Diagnostic(
                codes.UNKNOWN_ENDPOINT,
                f"the glue layer names agent {port.agent}, which does not exist",
                port.span,
                hint=did_you_mean(port.agent, known),
            )
            for port in (connection.source, connection.target)
            if port.agent not in known
        ]
        if connection.packet not in packets:
            found.append(
                Diagnostic(
                    codes.UNKNOWN_PACKET,
                    f"{connection.source} → {connection.target} carries {connection.packet}, "
                    "a packet kind that is not declared",
                    connection.span,
                    hint=did_you_mean(connection.packet, packets, "declare it under `packets:`"),
                    fix=respelt(connection.span, connection.packet, packets),
                )
            )
    spans = {name: locate(document.body, ("packets", name)) for name in packets}
    return Outcome(Glue(freeze(packets), spans, connections), header.report + Report.of(found))


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
