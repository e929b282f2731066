"""QPF413: a connection and its ports speak of different packet kinds."""

from collections.abc import Iterator

from qpf.api import Code, Diagnostic, Environment, Note, Pass, Severity
from qpf_plugins.agent_schema.passes.ports import joined, port_span

CODE = Code(
    "QPF413",
    "packet-mismatch",
    Severity.ERROR,
    "A connection and the ports it joins name different packet kinds.",
)


def check(environment: Environment) -> Iterator[Diagnostic]:
    """A connection joins ports that do not carry its packet kind.

    What it does:
        Compares the `packet:` of every connection with the `packet:` of the output port it
        starts at and of the input port it ends at.

    Why is this bad:
        The receiver would be handed packets whose fields it does not know and reject them all.

    Example:
        ```yaml
        # output main_agent.score_request: {packet: score_request}
        # input tensoraios.model_update: {packet: model_update}
        connections:
          - {from: main_agent.score_request, to: tensoraios.model_update, packet: score_request}
        ```

    Use instead:
        ```yaml
        connections:
          - {from: main_agent.score_request, to: tensoraios.score_request, packet: score_request}
        ```
    """
    for connection, source, target in joined(environment):
        notes = [
            Note(f"{end} carries {port['packet']}", port_span(environment, end, side, "packet"))
            for end, side, port in (
                (connection.source, "output", source),
                (connection.target, "input", target),
            )
            if port["packet"] != connection.packet
        ]
        if notes:
            yield Diagnostic(
                CODE,
                f"{connection.source} to {connection.target} is declared to carry {connection.packet}, "
                "but a port carries something else",
                connection.span,
                notes=tuple(notes),
                hint="join ports of one packet kind, and name that kind in the connection",
                subject=connection.source.agent,
            )


PASS = Pass(
    "packet-mismatch",
    4,
    (CODE,),
    check,
    scope="environment",
    partial=True,
    after=("unknown-input-port", "unknown-output-port"),
)
