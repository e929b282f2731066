"""QPF605: a packet is handed out again while it is still being handled."""

from collections.abc import Iterator

from qpf.api import Agent, Code, Diagnostic, Environment, Pass, Severity
from qpf_plugins.agent_schema.passes.contradiction import Said, contradiction

CODE = Code(
    "QPF605",
    "ack-wait-too-short",
    Severity.ERROR,
    "A packet would be handed out again before the agent's own time for it is over.",
)


def check(agent: Agent, _environment: Environment) -> Iterator[Diagnostic]:
    """A packet would be handed out again before the agent's own time for it is over.

    What it does:
        Demands that `communicationstack.delivery.ack_wait_seconds` is longer than
        `deployment.timeout_ms`, after composing: an environment often raises the one and
        forgets the other.

    Why is this bad:
        The broker takes the agent for dead while it works and gives the packet to somebody
        else. Nothing is done twice, but everything is computed twice, most of all when the
        agent is slow because it has too much to do.

    Example:
        ```yaml
        communicationstack: {delivery: {ack_wait_seconds: 5}}
        deployment: {timeout_ms: 8000}
        ```

    Use instead:
        ```yaml
        communicationstack: {delivery: {ack_wait_seconds: 30}}
        deployment: {timeout_ms: 8000}
        ```
    """
    wait = agent.values["communicationstack"]["delivery"]["ack_wait_seconds"]
    limit = agent.values["deployment"]["timeout_ms"] / 1000
    if wait <= limit:
        yield contradiction(
            agent,
            CODE,
            f"a packet of {agent.name} is handed out again after {wait:g} s, but may take {limit:g} s",
            Said(
                f"it is handed out again after {wait:g} s",
                ("communicationstack", "delivery", "ack_wait_seconds"),
            ),
            Said(f"it may take {limit:g} s", ("deployment", "timeout_ms")),
            f"set ack_wait_seconds well above {limit:g}",
        )


PASS = Pass("ack-wait-too-short", 6, (CODE,), check)
