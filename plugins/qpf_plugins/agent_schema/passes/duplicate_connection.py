"""QPF420: two connections join the same ports."""

from collections.abc import Iterator

from qpf.api import Code, Connection, Diagnostic, Environment, Note, Pass, Severity

CODE = Code(
    "QPF420", "duplicate-connection", Severity.ERROR, "Two connections lead from one port to the same other."
)


def check(environment: Environment) -> Iterator[Diagnostic]:
    """Two connections lead from one port to the same other.

    What it does:
        Compares the ends of all connections of `glue.yaml`, those of meshes included.

    Why is this bad:
        Each connection carries every packet, so the receiver is handed each of them twice, under
        two priorities if they differ. Whoever removes one of the two is surprised that nothing
        changes.

    Example:
        ```yaml
        connections:
          - {from: main_agent.held, to: auditor.held, packet: escalation}
          - {from: main_agent.held, to: auditor.held, packet: escalation, priority: high}
        ```

    Use instead:
        ```yaml
        connections:
          - {from: main_agent.held, to: auditor.held, packet: escalation, priority: high}
        ```
    """
    first: dict[tuple[str, str], Connection] = {}
    for connection in environment.glue.connections:
        other = first.setdefault((str(connection.source), str(connection.target)), connection)
        if other is not connection:
            yield Diagnostic(
                CODE,
                f"{connection.source} is connected to {connection.target} twice",
                connection.target.span,
                notes=(Note("it is connected here, too", other.target.span),),
                hint="keep one of the two",
                subject=connection.source.agent,
            )


PASS = Pass("duplicate-connection", 4, (CODE,), check, scope="environment", partial=True)
