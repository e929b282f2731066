"""QPF417: an output port that leads nowhere."""

from collections.abc import Iterator

from qpf.api import Agent, Code, Diagnostic, Environment, Pass, Severity

CODE = Code(
    "QPF417",
    "unconnected-output",
    Severity.WARNING,
    "An output port has no connection: what it sends is lost.",
)


def check(agent: Agent, environment: Environment) -> Iterator[Diagnostic]:
    """An output port of an agent has no connection in `glue.yaml`.

    What it does:
        Looks for a connection that starts at each of the agent's output ports. Input ports
        need none: people and other systems send there too.

    Why is this bad:
        What the agent sends by that port is lost without a trace, and where it waits for a
        reply it fails.

    Example:
        ```yaml
        # main_agent
        output:
          escalation: {packet: escalation, description: Decisions that a person must confirm.}
        # glue.yaml
        connections: []
        ```

    Use instead:
        ```yaml
        connections:
          - {from: main_agent.escalation, to: governance_auditor.escalation, packet: escalation}
        ```
    """
    ports = agent.values["communicationstack"]["output"]
    if not ports or not environment.glue.readable:
        return
    connected = {connection.source.port for connection in environment.connections_from(agent.name)}
    for name in ports:
        if name not in connected:
            path = ("communicationstack", "output", name)
            yield Diagnostic(
                CODE,
                f"nothing is connected to the output port {agent.name}.{name}",
                agent.span(*path),
                path,
                hint="connect it in glue.yaml, or remove the port",
                subject=agent.name,
            )


PASS = Pass("unconnected-output", 4, (CODE,), check)
