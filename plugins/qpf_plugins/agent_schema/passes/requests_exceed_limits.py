"""QPF702: an agent is promised more than it may have."""

from collections.abc import Iterator
from fractions import Fraction

from qpf.api import Agent, Code, Diagnostic, Environment, Note, Pass, Severity

CODE = Code(
    "QPF702",
    "requests-exceed-limits",
    Severity.ERROR,
    "An agent requests more of a resource than its limit allows.",
)
_UNITS = {
    "m": Fraction(1, 1000),
    "Ki": Fraction(1024),
    "Mi": Fraction(1024**2),
    "Gi": Fraction(1024**3),
    "Ti": Fraction(1024**4),
}


def amount(quantity: str) -> Fraction:
    """A quantity such as `250m` or `2Gi` as an exact number."""
    for unit, factor in _UNITS.items():
        if quantity.endswith(unit):
            return Fraction(quantity.removesuffix(unit)) * factor
    return Fraction(quantity)


def check(agent: Agent, _environment: Environment) -> Iterator[Diagnostic]:
    """An agent requests more of a resource than its limit allows.

    What it does:
        Compares `deployment.resources.requests` with `limits`, after composing: a base may
        set the one and an environment the other.

    Why is this bad:
        Such an agent is refused by the cluster, at the worst moment: during a roll-out.

    Example:
        ```yaml
        resources:
          requests: {cpu: 250m, memory: 1Gi}
          limits: {cpu: "1", memory: 512Mi}
        ```

    Use instead:
        ```yaml
        resources:
          requests: {cpu: 250m, memory: 512Mi}
          limits: {cpu: "1", memory: 1Gi}
        ```
    """
    resources = agent.values["deployment"]["resources"]
    for kind, requested in resources["requests"].items():
        limit = resources["limits"][kind]
        if amount(requested) > amount(limit):
            path = ("deployment", "resources", "requests", kind)
            yield Diagnostic(
                CODE,
                f"{agent.name} requests {requested} of {kind}, more than its limit of {limit}",
                agent.span(*path),
                path,
                notes=(Note("the limit is set here", agent.span("deployment", "resources", "limits", kind)),),
                hint="raise the limit or lower the request; one of them may come from another layer",
                subject=agent.name,
            )


PASS = Pass("requests-exceed-limits", 7, (CODE,), check)
