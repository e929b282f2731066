"""QPF415: a port promises or expects a reply of a kind that nobody declared."""

from collections.abc import Iterator

from qpf.api import Code, Diagnostic, Environment, Pass, Severity, did_you_mean
from qpf_plugins.agent_schema.passes.ports import listed, sides

CODE = Code(
    "QPF415", "undeclared-reply", Severity.ERROR, "A reply kind is used that glue.yaml does not declare."
)


def check(environment: Environment) -> Iterator[Diagnostic]:
    """A port's `reply:` names a packet kind that `glue.yaml` does not declare.

    What it does:
        Looks up the `reply:` of every port that has one among the `packets:` of `glue.yaml`.

    Why is this bad:
        A reply is a packet like any other: without a declaration nobody knows its fields.

    Example:
        ```yaml
        input:
          score_request: {packet: score_request, reply: score, ...}     # packets: score_result
        ```

    Use instead:
        ```yaml
        input:
          score_request: {packet: score_request, reply: score_result, ...}
        ```
    """
    if not environment.glue.readable:
        return
    declared = environment.glue.packets
    for agent in environment.agents.values():
        for side, name, port in sides(agent):
            if port["reply"] is not None and port["reply"] not in declared:
                path = ("communicationstack", side, name, "reply")
                yield Diagnostic(
                    CODE,
                    f"{side} port {agent.name}.{name} is answered by {port['reply']}, which is not declared",
                    agent.span(*path),
                    path,
                    hint=did_you_mean(
                        port["reply"],
                        declared,
                        f"declare it under packets in glue.yaml, or use one that is: {listed(declared)}",
                    ),
                    subject=agent.name,
                )


PASS = Pass("undeclared-reply", 4, (CODE,), check, scope="environment", partial=True)
