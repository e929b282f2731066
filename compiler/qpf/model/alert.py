"""What of the figures somebody should look at, and why."""

from collections.abc import Iterator

from msgspec import Struct

from qpf.model.metrics import Metrics
from qpf.model.run import Run

LONGEST_SECONDS = 3600.0
LEAST_HIT_RATE = 30.0


class Alert(Struct, frozen=True, kw_only=True):
    """A rule that is broken: `extraction-duration`, `run-duration`, `cache-hit-rate`, `quality`."""

    rule: str
    environment: str = ""
    agent: str = ""
    message: str


def alerts(metrics: Metrics, last: Run | None) -> tuple[Alert, ...]:
    """Hold the figures against the rules.

    Args:
        metrics: The figures.
        last: The last run, if there is one.
    """
    return tuple(_alerts(metrics, last))


def _alerts(metrics: Metrics, last: Run | None) -> Iterator[Alert]:
    hours = f"more than {LONGEST_SECONDS / 3600:.0f} hour"
    if last is not None and last.seconds > LONGEST_SECONDS:
        yield Alert(rule="run-duration", message=f"the last run took {last.seconds:.0f} s, {hours}")
    for each in metrics.agents:
        if each.seconds[-1] > LONGEST_SECONDS:
            yield Alert(
                rule="extraction-duration",
                environment=each.environment,
                agent=each.agent,
                message=f"its last extraction took {each.seconds[-1]:.0f} s, {hours}",
            )
    rate = metrics.summary.cache_hit_rate_percent
    if rate is not None and rate < LEAST_HIT_RATE:
        runs = f"over the last {metrics.summary.considered} runs"
        yield Alert(rule="cache-hit-rate", message=f"{rate:.0f} % {runs}, less than {LEAST_HIT_RATE:.0f} %")
    for each_measured in metrics.quality:
        if each_measured.missed:
            yield Alert(
                rule="quality",
                environment=each_measured.environment,
                message=(
                    f"{each_measured.gate}: {each_measured.name}: {each_measured.missed} of"
                    f" {each_measured.judged} missed the threshold ({each_measured.threshold})"
                ),
            )
