"""QPF703: the agents of an environment ask for more than it has."""

from collections.abc import Iterator
from fractions import Fraction

from qpf.api import Agent, Diagnostic, Environment, Note, Pass
from qpf_plugins.kubernetes.codes import POOL_EXCEEDED
from qpf_plugins.kubernetes.options import NAME, options_of, targeted
from qpf_plugins.kubernetes.quantity import amount, show

MOST_NOTES = 5
_POOL = (NAME, "resource_pool", "total_available")


def check(environment: Environment) -> Iterator[Diagnostic]:
    """The agents of an environment ask for more than it has.

    What it does:
        Where the environment says what it has (`options.kubernetes.resource_pool`), adds up what
        all replicas of all agents request, and compares. A roll-out takes one more replica of an
        agent for a while; that is not counted.

    Why is this bad:
        The last pods stay pending, and which are the last is chance: it may be the agent that
        all others wait for.

    Example:
        ```yaml
        # ten agents of two replicas, each of which requests 500m
        options: {kubernetes: {resource_pool: {total_available: {cpu: "8", memory: 64Gi}}}}
        ```

    Use instead:
        ```yaml
        options: {kubernetes: {resource_pool: {total_available: {cpu: "12", memory: 64Gi}}}}
        ```
    """
    pool = options_of(environment).resource_pool if targeted(environment) else None
    if pool is None:
        return
    for kind, available in pool.total_available.model_dump().items():
        if available is None:
            continue
        wanted = {name: _wanted(agent, kind) for name, agent in environment.agents.items()}
        total = sum(wanted.values(), Fraction())
        if total > amount(available):
            yield Diagnostic(
                POOL_EXCEEDED,
                f"agents of {environment.name} request {show(total, kind)} of {kind}; "
                f"there is {show(amount(available), kind)}",
                environment.option_span(*_POOL, kind),
                notes=tuple(_notes(environment, wanted, kind)),
                hint="request less, run fewer replicas, or make the pool larger where it really is",
            )


def _wanted(agent: Agent, kind: str) -> Fraction:
    deployment = agent.values["deployment"]
    requested = deployment["resources"]["requests"].get(kind)
    return amount(requested) * deployment["replicas"] if requested else Fraction()


def _notes(environment: Environment, wanted: dict[str, Fraction], kind: str) -> Iterator[Note]:
    """Who takes most of it."""
    asking = sorted((name for name in wanted if wanted[name]), key=lambda name: (-wanted[name], name))
    for name in asking[:MOST_NOTES]:
        agent = environment.agents[name]
        requested = agent.values["deployment"]["resources"]["requests"][kind]
        replicas = agent.values["deployment"]["replicas"]
        yield Note(
            f"{name} requests {requested} for each of {replicas} replica{'' if replicas == 1 else 's'}",
            agent.span("deployment", "resources", "requests", kind),
        )
        if replicas > 1:
            yield Note(f"the replicas of {name} are set here", agent.span("deployment", "replicas"))
    rest = asking[MOST_NOTES:]
    if rest:
        took = show(sum((wanted[name] for name in rest), Fraction()), kind)
        several = f"{len(rest)} more agents request {took} together"
        yield Note(several if len(rest) > 1 else f"1 more agent requests {took}")


PASS = Pass("pool-exceeded", 7, (POOL_EXCEEDED,), check, scope="environment", partial=True)
