"""QPF630: two of an agent's addresses are one."""

from collections.abc import Iterator

from qpf.api import Agent, Code, Diagnostic, Environment, Pass, Severity
from qpf_plugins.agent_schema.addresses import ANSWERED, Address, has_placeholder, takes

CODE = Code(
    "QPF630",
    "endpoint-collision",
    Severity.ERROR,
    "An endpoint has the method and path of another, or of what every agent answers.",
)
_PROBES = ("liveness_probe", "readiness_probe", "startup_probe")


def check(agent: Agent, _environment: Environment) -> Iterator[Diagnostic]:
    """An endpoint has the method and path of another, or of what every agent answers.

    What it does:
        Compares the endpoints of `deployment.endpoints` with each other, and with what every
        agent answers anyway: its health probes, `/health`, `/ready`, `/startup`, `/metrics`,
        `/packets`, `/manifest`, `/trail/...`, `/approvals`, `/approvals/...`, `/openapi.json`,
        `/a2a` and `/.well-known/agent-card.json`. Two methods of one path are two addresses.
        A placeholder (`/v1/{name}`) is any one part of a path; a path that is written out is
        asked before it.

    Why is this bad:
        Only one of the two can answer, and callers of the other would be answered by a stranger:
        the agent refuses to start.

    Example:
        ```yaml
        deployment:
          endpoints:
            match: {path: /v1/match, description: Matches.}
            rematch: {path: /v1/match, description: Matches again.}
        ```

    Use instead:
        ```yaml
        deployment:
          endpoints:
            match: {path: /v1/match, description: Matches.}
            rematch: {path: /v1/rematch, description: Matches again.}
        ```
    """
    deployment = agent.values["deployment"]
    health = deployment["health_monitoring"]
    taken: dict[Address, tuple[str, tuple[str, ...]]] = {
        ("GET", health[probe]["endpoint"]): (probe, ("health_monitoring", probe)) for probe in _PROBES
    }
    for address, what in ANSWERED.items():
        taken.setdefault(address, (what, ("port",)))
    endpoints = {name: (each["method"], each["path"]) for name, each in deployment["endpoints"].items()}
    for name in sorted(endpoints, key=lambda each: has_placeholder(endpoints[each])):
        address = endpoints[name]
        first = next((taken[each] for each in taken if takes(each, address)), None)
        if first is None:
            taken[address] = (name, ("endpoints", name))
        else:
            what, where = first
            told = "the agent answers it at this port" if where == ("port",) else f"{what} stands here"
            path = ("deployment", "endpoints", name, "path")
            yield Diagnostic(
                CODE,
                f"the endpoint {name} of {agent.name} is {' '.join(address)}, which {what} takes already",
                agent.span(*path),
                path,
                notes=(agent.note(told, "deployment", *where),),
                hint="give it another path or method",
                subject=agent.name,
            )


PASS = Pass("endpoint-collision", 6, (CODE,), check)
