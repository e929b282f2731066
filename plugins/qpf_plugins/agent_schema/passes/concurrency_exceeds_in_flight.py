"""QPF604: an agent could handle more packets at a time than it is ever given."""

from collections.abc import Iterator

from qpf.api import Agent, Code, Diagnostic, Environment, Pass, Severity
from qpf_plugins.agent_schema.passes.contradiction import Said, contradiction

CODE = Code(
    "QPF604",
    "concurrency-exceeds-in-flight",
    Severity.ERROR,
    "An agent is to handle more packets at a time than may be handed out to it.",
)


def check(agent: Agent, _environment: Environment) -> Iterator[Diagnostic]:
    """An agent is to handle more packets at a time than may be handed out to it.

    What it does:
        Compares `communicationstack.delivery.concurrency` with `max_in_flight`, after
        composing.

    Why is this bad:
        Packets under way count as handed out. The places beyond that number are never used,
        and who raised the concurrency to be faster wonders why nothing changed.

    Example:
        ```yaml
        delivery: {concurrency: 128, max_in_flight: 64}
        ```

    Use instead:
        ```yaml
        delivery: {concurrency: 64, max_in_flight: 128}
        ```
    """
    delivery = agent.values["communicationstack"]["delivery"]
    concurrency, in_flight = delivery["concurrency"], delivery["max_in_flight"]
    if concurrency > in_flight:
        yield contradiction(
            agent,
            CODE,
            f"{agent.name} is to handle {concurrency} packets at a time, but is given {in_flight} at most",
            Said(f"{concurrency} are handled at a time", ("communicationstack", "delivery", "concurrency")),
            Said(f"{in_flight} are handed out at most", ("communicationstack", "delivery", "max_in_flight")),
            "raise max_in_flight to at least the concurrency, or lower the concurrency",
        )


PASS = Pass("concurrency-exceeds-in-flight", 6, (CODE,), check)
