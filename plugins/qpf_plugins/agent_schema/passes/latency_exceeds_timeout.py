"""QPF609: a promise that cannot be broken, because the packet is given up before."""

from collections.abc import Iterator

from qpf.api import Agent, Code, Diagnostic, Environment, Pass, Severity
from qpf_plugins.agent_schema.passes.contradiction import Said, contradiction

CODE = Code(
    "QPF609",
    "latency-exceeds-timeout",
    Severity.ERROR,
    "A decision is promised later than its packet is given up.",
)


def check(agent: Agent, _environment: Environment) -> Iterator[Diagnostic]:
    """A decision is promised later than its packet is given up.

    What it does:
        Compares `deployment.decisionlatencymaxms` with `deployment.timeout_ms`, after composing.

    Why is this bad:
        A decision that takes longer than the timeout is never made, so the promise is kept by
        everything that comes through at all: dashboards and alarms on it show nothing.

    Example:
        ```yaml
        deployment: {decisionlatencymaxms: 5000, timeout_ms: 2000}
        ```

    Use instead:
        ```yaml
        deployment: {decisionlatencymaxms: 1500, timeout_ms: 2000}
        ```
    """
    deployment = agent.values["deployment"]
    promised, limit = deployment["decisionlatencymaxms"], deployment["timeout_ms"]
    if promised > limit:
        yield contradiction(
            agent,
            CODE,
            f"{agent.name} promises a decision in {promised} ms, but gives a packet up after {limit} ms",
            Said(f"a decision is promised in {promised} ms", ("deployment", "decisionlatencymaxms")),
            Said(f"packets are given up after {limit} ms", ("deployment", "timeout_ms")),
            "promise less than the timeout, or give packets more time",
        )


PASS = Pass("latency-exceeds-timeout", 6, (CODE,), check)
