"""QPF418: an agent waits for an answer of one it does not say it needs."""

from collections.abc import Iterator

from qpf.api import Agent, Code, Diagnostic, Environment, Note, Pass, Severity

CODE = Code(
    "QPF418",
    "request-without-dependency",
    Severity.ERROR,
    "An agent waits for replies of an agent that its connectto does not name.",
)


def check(environment: Environment) -> Iterator[Diagnostic]:
    """An agent waits for replies of another that its `connectto` does not name.

    What it does:
        For every connection whose output port has a `reply:`, looks for the receiver in
        `integration.connectto`. Packets that nobody waits for make no dependency.

    Why is this bad:
        Who waits cannot work without the other. Left unsaid, the order of extraction, the
        readiness of the agent and the network rules leave the other out.

    Example:
        ```yaml
        integration: {connectto: []}
        communicationstack:
          output:
            score_request: {packet: score_request, reply: score_result, ...}
        # glue.yaml: main_agent.score_request to tensoraios.score_request
        ```

    Use instead:
        ```yaml
        integration: {connectto: [tensoraios]}
        ```
    """
    for agent in environment.agents.values():
        yield from _unsaid(agent, environment)


def _unsaid(agent: Agent, environment: Environment) -> Iterator[Diagnostic]:
    needed = agent.values["integration"]["connectto"]
    ports = agent.values["communicationstack"]["output"]
    for connection in environment.connections_from(agent.name):
        port = ports.get(connection.source.port)
        target = connection.target.agent
        if port and port["reply"] is not None and target not in needed and target in environment.agents:
            path = ("communicationstack", "output", connection.source.port, "reply")
            yield Diagnostic(
                CODE,
                f"{agent.name} waits for {port['reply']} of {target}, which it does not say it needs",
                agent.span(*path),
                path,
                notes=(
                    Note(f"it is connected to {target} here", connection.span),
                    Note("the agents it needs are named here", agent.span("integration", "connectto")),
                ),
                hint=f"add {target} to integration.connectto, or take the reply from the port",
                subject=agent.name,
            )


PASS = Pass(
    "request-without-dependency",
    4,
    (CODE,),
    check,
    scope="environment",
    partial=True,
    after=("unknown-output-port",),
)
