"""QPF631: an agent waits for one that does not run."""

from collections.abc import Iterator

from qpf.api import Code, Diagnostic, Environment, Note, Pass, Severity

CODE = Code(
    "QPF631",
    "needed-agent-stopped",
    Severity.ERROR,
    "An agent cannot work without another that runs no replica.",
)


def check(environment: Environment) -> Iterator[Diagnostic]:
    """An agent cannot work without another that runs no replica.

    What it does:
        Looks at the `deployment.replicas` of every agent that a running one names in
        `integration.connectto`, after composing.

    Why is this bad:
        Nothing brings the other up when it is asked: what waits for it times out, packet by
        packet, and never becomes ready.

    Example:
        ```yaml
        # main_agent
        integration: {connectto: [tensoraios]}
        # tensoraios
        deployment: {replicas: 0}
        ```

    Use instead:
        ```yaml
        # tensoraios
        deployment: {replicas: 1}
        ```
    """
    for agent in environment.agents.values():
        if not agent.values["deployment"]["replicas"]:
            continue
        for position, name in enumerate(agent.values["integration"]["connectto"]):
            other = environment.agents.get(name)
            if other is None or other.values["deployment"]["replicas"]:
                continue
            path = ("integration", "connectto", position)
            yield Diagnostic(
                CODE,
                f"{agent.name} cannot work without {name}, of which no replica runs",
                agent.span(*path),
                path,
                notes=(Note(f"{name} is stopped here", other.span("deployment", "replicas")),),
                hint=f"run a replica of {name}, or stop {agent.name} too",
                subject=agent.name,
            )


PASS = Pass("needed-agent-stopped", 6, (CODE,), check, scope="environment", partial=True)
