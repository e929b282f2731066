"""QPF411: a connection starts at a port that its agent does not have."""

from collections.abc import Iterator

from qpf.api import Code, Diagnostic, Environment, Note, Pass, Severity, did_you_mean
from qpf_plugins.agent_schema.passes.ports import listed

CODE = Code(
    "QPF411",
    "unknown-output-port",
    Severity.ERROR,
    "A connection starts at an output port that does not exist.",
)


def check(environment: Environment) -> Iterator[Diagnostic]:
    """A connection of `glue.yaml` starts at a port that its agent does not have.

    What it does:
        Looks up the `from:` end of every connection among the agent's
        `communicationstack.output` ports, after composing.

    Why is this bad:
        Nothing would ever be sent: the receiver waits for packets that no code emits.

    Example:
        ```yaml
        # agents/main_agent.yaml has output: {score_request: ...}
        connections:
          - {from: main_agent.scorerequest, to: tensoraios.score_request, packet: score_request}
        ```

    Use instead:
        ```yaml
        connections:
          - {from: main_agent.score_request, to: tensoraios.score_request, packet: score_request}
        ```
    """
    for connection in environment.glue.connections:
        end = connection.source
        agent = environment.agents.get(end.agent)
        if agent is None:
            continue
        ports = agent.values["communicationstack"]["output"]
        if end.port not in ports:
            yield Diagnostic(
                CODE,
                f"{end.agent} has no output port {end.port}",
                end.span,
                notes=(
                    Note(f"its output ports: {listed(ports)}", agent.span("communicationstack", "output")),
                ),
                hint=did_you_mean(
                    end.port,
                    ports,
                    f"name one of its ports, or give {end.agent} the port under communicationstack.output",
                ),
                subject=end.agent,
            )


PASS = Pass("unknown-output-port", 4, (CODE,), check, scope="environment", partial=True)
