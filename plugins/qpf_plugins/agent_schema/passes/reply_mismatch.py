"""QPF416: the sender waits for another reply than the receiver gives."""

from collections.abc import Iterator

from qpf.api import Code, Diagnostic, Environment, Note, Pass, Severity
from qpf_plugins.agent_schema.passes.ports import joined, port_span

CODE = Code(
    "QPF416", "reply-mismatch", Severity.ERROR, "The two ends of a connection disagree about the reply."
)


def check(environment: Environment) -> Iterator[Diagnostic]:
    """The sender of a connection waits for another reply than the receiver gives.

    What it does:
        Compares the `reply:` of the output port with that of the input port it is joined to.
        A receiver may give a reply that the sender does not wait for; not the other way round.

    Why is this bad:
        The sender would wait for its whole timeout, or be handed a packet it does not know.

    Example:
        ```yaml
        # main_agent
        output:
          score_request: {packet: score_request, reply: score_result, ...}
        # tensoraios
        input:
          score_request: {packet: score_request, flow: [score_match]}
        ```

    Use instead:
        ```yaml
        # tensoraios
        input:
          score_request: {packet: score_request, flow: [score_match], reply: score_result}
        ```
    """
    for connection, source, target in joined(environment):
        wanted, given = source["reply"], target["reply"]
        if wanted is not None and wanted != given:
            answer = f"answers with {given}" if given else "does not answer"
            yield Diagnostic(
                CODE,
                f"{connection.source} waits for {wanted}, but {connection.target} {answer}",
                connection.span,
                notes=(
                    Note(
                        f"{wanted} is expected here",
                        port_span(environment, connection.source, "output", "reply"),
                    ),
                    Note(
                        f"the receiver {answer}", port_span(environment, connection.target, "input", "reply")
                    ),
                ),
                hint="give both ports the same reply, or take it from the sender",
                subject=connection.source.agent,
            )


PASS = Pass(
    "reply-mismatch",
    4,
    (CODE,),
    check,
    scope="environment",
    partial=True,
    after=("unknown-input-port", "unknown-output-port"),
)
