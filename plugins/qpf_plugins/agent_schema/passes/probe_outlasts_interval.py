"""QPF607: probes of an agent overlap."""

from collections.abc import Iterator

from qpf.api import Agent, Code, Diagnostic, Environment, Pass, Severity
from qpf_plugins.agent_schema.passes.contradiction import Said, contradiction

CODE = Code(
    "QPF607",
    "probe-outlasts-interval",
    Severity.WARNING,
    "A health probe may take longer than the time until the next one.",
)
_HEALTH = ("deployment", "health_monitoring")
_PROBES = ("liveness_probe", "readiness_probe")


def check(agent: Agent, _environment: Environment) -> Iterator[Diagnostic]:
    """A health probe may take longer than the time until the next one.

    What it does:
        Compares the `timeout_ms` of the liveness and the readiness probe with
        `health_monitoring.interval_seconds`, after composing. The startup probe may take its
        time: the others wait for it.

    Why is this bad:
        A platform asks again only when the last answer is in or given up. With a slow agent the
        interval is then the timeout: trouble is noticed later than the interval promises.

    Example:
        ```yaml
        health_monitoring: {interval_seconds: 2, liveness_probe: {endpoint: /health, timeout_ms: 5000}}
        ```

    Use instead:
        ```yaml
        health_monitoring: {interval_seconds: 10, liveness_probe: {endpoint: /health, timeout_ms: 1000}}
        ```
    """
    health = agent.values["deployment"]["health_monitoring"]
    interval = health["interval_seconds"]
    for probe in _PROBES:
        timeout = health[probe]["timeout_ms"]
        if timeout > interval * 1000:
            yield contradiction(
                agent,
                CODE,
                f"the {probe} of {agent.name} may take {timeout} ms, but there is one every {interval} s",
                Said(f"it may take {timeout} ms", (*_HEALTH, probe, "timeout_ms")),
                Said(f"there is one every {interval} s", (*_HEALTH, "interval_seconds")),
                "give the probe less time, or ask less often",
            )


PASS = Pass("probe-outlasts-interval", 6, (CODE,), check)
