"""QPF515: governance is put on a port that the agent does not have."""

from collections.abc import Iterator

from qpf.api import Agent, Code, Diagnostic, Environment, Note, Pass, Severity, did_you_mean
from qpf_plugins.agent_schema.passes.ports import listed

CODE = Code(
    "QPF515",
    "unknown-governed-port",
    Severity.ERROR,
    "Governance names an output port that the agent does not have.",
)


def check(agent: Agent, _environment: Environment) -> Iterator[Diagnostic]:
    """Governance names an output port that the agent does not have.

    What it does:
        Looks up every name of `governance.governed` among the agent's
        `communicationstack.output` ports, after composing.

    Why is this bad:
        The port that was meant is not governed, and nobody notices: governance that looks
        armed and is not is worse than none.

    Example:
        ```yaml
        governance: {governed: [model_updates]}
        communicationstack:
          output:
            model_update: {packet: model_update, description: A better calibration.}
        ```

    Use instead:
        ```yaml
        governance: {governed: [model_update]}
        ```
    """
    ports = agent.values["communicationstack"]["output"]
    for position, name in enumerate(agent.values["governance"]["governed"]):
        if name not in ports:
            path = ("governance", "governed", position)
            yield Diagnostic(
                CODE,
                f"{agent.name} has no output port {name} to govern",
                agent.span(*path),
                path,
                notes=(
                    Note(f"its output ports: {listed(ports)}", agent.span("communicationstack", "output")),
                ),
                hint=did_you_mean(name, ports, "name one of its output ports"),
                subject=agent.name,
            )


PASS = Pass("unknown-governed-port", 5, (CODE,), check)
