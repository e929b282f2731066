"""QPF414: a port names a packet kind that nobody declared."""

from collections.abc import Iterator

from qpf.api import Code, Diagnostic, Environment, Pass, Severity, did_you_mean
from qpf_plugins.agent_schema.passes.ports import listed, sides

CODE = Code(
    "QPF414",
    "undeclared-packet",
    Severity.ERROR,
    "A port carries a packet kind that glue.yaml does not declare.",
)


def check(environment: Environment) -> Iterator[Diagnostic]:
    """A port carries a packet kind that `glue.yaml` does not declare.

    What it does:
        Looks up the `packet:` of every port among the `packets:` of `glue.yaml`. Connections
        are looked up by the compiler itself.

    Why is this bad:
        Packets are typed: without a declaration there are no fields to check, and no packet
        class can be emitted.

    Example:
        ```yaml
        packets:
          score_request: {...}
        # in an agent
        output:
          score: {packet: scoring_request, description: Asks for a score.}
        ```

    Use instead:
        ```yaml
        output:
          score: {packet: score_request, description: Asks for a score.}
        ```
    """
    if not environment.glue.readable:
        return
    declared = environment.glue.packets
    for agent in environment.agents.values():
        for side, name, port in sides(agent):
            if port["packet"] not in declared:
                path = ("communicationstack", side, name, "packet")
                yield Diagnostic(
                    CODE,
                    f"{side} port {agent.name}.{name} carries {port['packet']}, which is not declared",
                    agent.span(*path),
                    path,
                    hint=did_you_mean(
                        port["packet"],
                        declared,
                        f"declare it under packets in glue.yaml, or use one that is: {listed(declared)}",
                    ),
                    subject=agent.name,
                )


PASS = Pass("undeclared-packet", 4, (CODE,), check, scope="environment", partial=True)
