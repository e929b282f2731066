"""QPF606: an agent's first wait is longer than its longest."""

from collections.abc import Iterator

from qpf.api import Agent, Code, Diagnostic, Environment, Pass, Severity
from qpf_plugins.agent_schema.passes.contradiction import Said, contradiction

CODE = Code(
    "QPF606",
    "retry-wait-exceeds-cap",
    Severity.ERROR,
    "The first wait before a repetition is longer than the longest wait there is.",
)


def check(agent: Agent, _environment: Environment) -> Iterator[Diagnostic]:
    """The first wait before a repetition is longer than the longest wait there is.

    What it does:
        Compares `deployment.resilience.retry.base_ms` with `cap_ms`, after composing.

    Why is this bad:
        Waits are to grow from the one to the other. Where the first is above the cap, all are the
        same and as long as can be: agents repeat in step, which is what the growing is against.

    Example:
        ```yaml
        deployment: {resilience: {retry: {base_ms: 5000, cap_ms: 1000}}}
        ```

    Use instead:
        ```yaml
        deployment: {resilience: {retry: {base_ms: 1000, cap_ms: 300000}}}
        ```
    """
    retry = agent.values["deployment"]["resilience"]["retry"]
    base, cap = retry["base_ms"], retry["cap_ms"]
    if base > cap:
        yield contradiction(
            agent,
            CODE,
            f"{agent.name} first waits {base} ms before it repeats a call, but never longer than {cap} ms",
            Said(f"the first wait is {base} ms", ("deployment", "resilience", "retry", "base_ms")),
            Said(f"the longest wait is {cap} ms", ("deployment", "resilience", "retry", "cap_ms")),
            "raise cap_ms well above base_ms, or lower base_ms",
        )


PASS = Pass("retry-wait-exceeds-cap", 6, (CODE,), check)
