"""QPF603: an agent has more waits between deliveries than deliveries."""

from collections.abc import Iterator

from qpf.api import Agent, Code, Diagnostic, Environment, Pass, Severity
from qpf_plugins.agent_schema.passes.contradiction import Said, contradiction

CODE = Code(
    "QPF603",
    "backoff-exceeds-deliveries",
    Severity.ERROR,
    "An agent lists more waits between deliveries than there are deliveries.",
)


def check(agent: Agent, _environment: Environment) -> Iterator[Diagnostic]:
    """An agent lists more waits between deliveries than there are deliveries.

    What it does:
        Compares the length of `communicationstack.delivery.backoff_seconds` with
        `max_deliver`, after composing.

    Why is this bad:
        The last waits never happen, and a NATS server refuses such a consumer: the agent
        would not start there.

    Example:
        ```yaml
        delivery: {max_deliver: 3, backoff_seconds: [1, 5, 15, 60]}
        ```

    Use instead:
        ```yaml
        delivery: {max_deliver: 5, backoff_seconds: [1, 5, 15, 60]}
        ```
    """
    delivery = agent.values["communicationstack"]["delivery"]
    waits, deliveries = len(delivery["backoff_seconds"]), delivery["max_deliver"]
    if waits > deliveries:
        yield contradiction(
            agent,
            CODE,
            f"{agent.name} has {waits} waits between {deliveries} deliveries of a packet",
            Said(f"there are {waits} waits", ("communicationstack", "delivery", "backoff_seconds")),
            Said(
                f"a packet is delivered {deliveries} times at most",
                ("communicationstack", "delivery", "max_deliver"),
            ),
            "raise max_deliver to at least the number of waits, or shorten the list",
        )


PASS = Pass("backoff-exceeds-deliveries", 6, (CODE,), check)
