"""QPF513: a trigger watches a figure that the agent never sees."""

from collections.abc import Iterator, Mapping

from qpf.api import Agent, Code, Data, Diagnostic, Environment, Pass, Severity, did_you_mean
from qpf_plugins.agent_schema.passes.ports import listed

CODE = Code(
    "QPF513", "unknown-metric", Severity.ERROR, "An escalation trigger watches a figure the agent never sees."
)
MEASURED = ("confidence", "value")
_NUMBERS = ("integer", "number")


def metrics_of(agent: Agent, packets: Mapping[str, Data]) -> set[str]:
    """What an agent can watch: what reasoning yields, and the numbers in the packets it takes in."""
    stack = agent.values["communicationstack"]
    kinds = {port["packet"] for port in stack["input"].values()}
    kinds |= {port["reply"] for port in stack["output"].values() if port["reply"]}
    fields = (field for kind in kinds if kind in packets for field in packets[kind]["fields"].items())
    return {*MEASURED, *(name for name, field in fields if field["type"] in _NUMBERS)}


def check(agent: Agent, environment: Environment) -> Iterator[Diagnostic]:
    """An escalation trigger watches a figure that the agent never sees.

    What it does:
        Looks up the `metric` of every trigger among the figures of a decision: `confidence`
        and `value`, which reasoning yields, and every number in the packets that
        the agent takes in, as input or as a reply.

    Why is this bad:
        The trigger never fires. Governance that looks armed and is not is worse than none.

    Example:
        ```yaml
        escalationtriggers:
          - {name: low_confidence, metric: confidense, below: 0.7, action: escalate}
        ```

    Use instead:
        ```yaml
        escalationtriggers:
          - {name: low_confidence, metric: confidence, below: 0.7, action: escalate}
        ```
    """
    triggers = agent.values["governance"]["escalationtriggers"]
    if not triggers or not environment.glue.readable:
        return
    known = metrics_of(agent, environment.glue.packets)
    for position, trigger in enumerate(triggers):
        if trigger["metric"] not in known:
            path = ("governance", "escalationtriggers", position, "metric")
            yield Diagnostic(
                CODE,
                f"the trigger {trigger['name']} watches {trigger['metric']}, which {agent.name} never sees",
                agent.span(*path),
                path,
                hint=did_you_mean(
                    trigger["metric"], known, f"watch one of {listed(known)}, or let a packet carry it"
                ),
                subject=agent.name,
            )


PASS = Pass("unknown-metric", 5, (CODE,), check)
