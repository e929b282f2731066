"""QPF412: a connection ends at a port that its agent does not have."""

from collections.abc import Iterator

from qpf.api import Code, Diagnostic, Environment, Note, Pass, Severity, did_you_mean
from qpf_plugins.agent_schema.passes.ports import listed

CODE = Code(
    "QPF412", "unknown-input-port", Severity.ERROR, "A connection ends at an input port that does not exist."
)


def check(environment: Environment) -> Iterator[Diagnostic]:
    """A connection of `glue.yaml` ends at a port that its agent does not have.

    What it does:
        Looks up the `to:` end of every connection among the agent's
        `communicationstack.input` ports, after composing.

    Why is this bad:
        Packets would be sent and never taken up: the sender times out.

    Example:
        ```yaml
        # agents/tensoraios.yaml has input: {score_request: ...}
        connections:
          - {from: main_agent.score_request, to: tensoraios.score, packet: score_request}
        ```

    Use instead:
        ```yaml
        connections:
          - {from: main_agent.score_request, to: tensoraios.score_request, packet: score_request}
        ```
    """
    for connection in environment.glue.connections:
        end = connection.target
        agent = environment.agents.get(end.agent)
        if agent is None:
            continue
        ports = agent.values["communicationstack"]["input"]
        if end.port not in ports:
            yield Diagnostic(
                CODE,
                f"{end.agent} has no input port {end.port}",
                end.span,
                notes=(Note(f"its input ports: {listed(ports)}", agent.span("communicationstack", "input")),),
                hint=did_you_mean(
                    end.port,
                    ports,
                    f"name one of its ports, or give {end.agent} the port under communicationstack.input",
                ),
                subject=end.agent,
            )


PASS = Pass("unknown-input-port", 4, (CODE,), check, scope="environment", partial=True)
