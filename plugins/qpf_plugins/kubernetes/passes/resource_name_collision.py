"""QPF612: two agents, one name in the cluster."""

from collections.abc import Iterator

from qpf.api import Agent, Diagnostic, Environment, Note, Pass
from qpf_plugins.kubernetes.codes import RESOURCE_NAME_COLLISION
from qpf_plugins.kubernetes.names import resource_name
from qpf_plugins.kubernetes.options import targeted


def check(environment: Environment) -> Iterator[Diagnostic]:
    """Two agents would share the name of their Kubernetes resources.

    What it does:
        Names of resources know no underscores, so names of agents become kebab-case; it
        compares what comes out.

    Why is this bad:
        The second Deployment would replace the first: one agent would silently not run.

    Example:
        ```yaml
        name: price_feed      # agents/price_feed.yaml
        name: price__feed     # agents/price__feed.yaml
        ```

    Use instead:
        ```yaml
        name: price_feed
        name: price_feed_archive
        ```
    """
    if not targeted(environment):
        return
    first: dict[str, Agent] = {}
    for agent in environment.agents.values():
        name = resource_name(agent.name)
        other = first.setdefault(name, agent)
        if other is not agent:
            yield Diagnostic(
                RESOURCE_NAME_COLLISION,
                f"agents {other.name} and {agent.name} would both be {name} in the cluster",
                agent.span("name"),
                ("name",),
                notes=(Note("the other is named here", other.span("name")),),
                hint="rename one of them",
                subject=agent.name,
                environment=environment.name,
            )


PASS = Pass(
    "resource-name-collision", 6, (RESOURCE_NAME_COLLISION,), check, scope="environment", partial=True
)
