"""What an agent's `/metrics` say of the last seconds."""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from math import inf, isnan

from msgspec import Struct
from prometheus_client.parser import text_string_to_metric_families

HANDLED = "qpf_packet_duration_seconds_count"
SECONDS = "qpf_packet_duration_seconds_bucket"
HELD = "qpf_held_decisions"

WINDOW = 10.0
"""Seconds that rate and p99 are of."""

P99 = 0.99


class Sample(Struct, frozen=True):
    """What was read at one moment.

    Attributes:
        at: When, by a monotonic clock.
        handled: Packets handled since the agent started.
        buckets: Turns that took at most so many seconds, by those seconds.
        held: Decisions that wait for a person.
    """

    at: float
    handled: float
    buckets: Mapping[float, float]
    held: float | None


class Figures(Struct, frozen=True):
    """What a person is shown; None where nothing is known. The backlog is the broker's to tell."""

    rate: float | None = None
    p99: float | None = None
    backlog: float | None = None
    held: float | None = None


def read(text: str, at: float) -> Sample:
    """Read metrics in the Prometheus text format.

    Raises:
        ValueError: If it is something else.
    """
    sums: dict[str, float] = {}
    buckets: dict[float, float] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            sums[sample.name] = sums.get(sample.name, 0.0) + sample.value
            if sample.name == SECONDS:
                limit = float(sample.labels["le"])
                buckets[limit] = buckets.get(limit, 0.0) + sample.value
    return Sample(at, sums.get(HANDLED, 0.0), buckets, _known(sums.get(HELD)))


def _known(value: float | None) -> float | None:
    # An agent that cannot find out says that it is no number.
    return None if value is None or isnan(value) else value


@dataclass
class Meter:
    """Turns samples of one agent into figures."""

    _samples: deque[Sample] = field(default_factory=deque)

    def add(self, sample: Sample) -> Figures:
        """Take a sample; give the figures of the window that ends with it."""
        if self._samples and sample.handled < self._samples[-1].handled:
            # The agent was started again and counts from zero.
            self._samples.clear()
        self._samples.append(sample)
        while len(self._samples) > 1 and self._samples[1].at <= sample.at - WINDOW:
            self._samples.popleft()
        first = self._samples[0]
        passed = sample.at - first.at
        return Figures(
            rate=(sample.handled - first.handled) / passed if passed > 0 else None,
            p99=_quantile(P99, first.buckets, sample.buckets),
            held=sample.held,
        )


def _quantile(part: float, before: Mapping[float, float], after: Mapping[float, float]) -> float | None:
    """Seconds that such a part of the turns between two samples took at most, as Prometheus estimates it."""
    counts = {limit: after[limit] - before.get(limit, 0.0) for limit in sorted(after)}
    total = counts.get(inf, 0.0)
    if total <= 0:
        return None
    rank, low, below = part * total, 0.0, 0.0
    for limit, count in counts.items():
        if count >= rank:
            if limit == inf:
                return low
            return low + (limit - low) * (rank - below) / (count - below)
        low, below = limit, count
    return low
