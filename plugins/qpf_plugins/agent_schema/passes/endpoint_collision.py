"""QPF630: two of an agent's addresses are one."""

from collections.abc import Iterator

from qpf.api import Agent, Code, Diagnostic, Environment, Pass, Severity

CODE = Code(
    "QPF630", "endpoint-collision", Severity.ERROR, "Two endpoints of an agent have the same method and path."
)
_PROBES = ("liveness_probe", "readiness_probe", "startup_probe")
_METRICS = "/metrics"


def check(agent: Agent, _environment: Environment) -> Iterator[Diagnostic]:
    """Two endpoints of an agent have the same method and path.

    What it does:
        Compares the endpoints of `deployment.endpoints` with each other, and with what every
        agent answers anyway: its health probes and `/metrics`.

    Why is this bad:
        Only one of the two can answer. If it is not the probe, the platform takes the agent for
        dead; if it is not the endpoint, callers are told how healthy it is.

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
    taken: dict[tuple[str, str], tuple[str, ...]] = {
        ("GET", health[probe]["endpoint"]): ("health_monitoring", probe) for probe in _PROBES
    }
    taken["GET", _METRICS] = ("port",)
    for name, endpoint in deployment["endpoints"].items():
        address = (endpoint["method"], endpoint["path"])
        first = taken.setdefault(address, ("endpoints", name))
        if first != ("endpoints", name):
            path = ("deployment", "endpoints", name, "path")
            what = "the scrape" if first == ("port",) else first[1]
            yield Diagnostic(
                CODE,
                f"the endpoint {name} of {agent.name} is {' '.join(address)}, which {what} takes already",
                agent.span(*path),
                path,
                notes=(agent.note(f"{what} stands here", "deployment", *first),),
                hint="give it another path or method",
                subject=agent.name,
            )


PASS = Pass("endpoint-collision", 6, (CODE,), check)
