"""What an agent counts, in a registry of its own: turns, their time, decisions.

Labels are names from configuration only, never ids: what comes from outside cannot make new series.
"""

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest

from qpf_runtime.runtime import TurnRecord

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class Metrics:
    """Counts finished turns; give its `watch` to a runtime's watchers."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._turns = Counter(
            "qpf_turns", "Packets handled, by result.", ("agent", "port", "result"), registry=self.registry
        )
        self._seconds = Histogram(
            "qpf_turn_seconds",
            "Time from taking a packet up to its end.",
            ("agent", "port"),
            registry=self.registry,
        )
        self._decisions = Counter(
            "qpf_decisions",
            "Decisions of the gate, by outcome.",
            ("agent", "outcome"),
            registry=self.registry,
        )

    def watch(self, record: TurnRecord) -> None:
        """Count one turn."""
        known = record.failure is None or record.failure.code != "unknown_port"
        port = record.envelope.port if known else "unknown"
        result = record.failure.code if record.failure else "done"
        self._turns.labels(record.agent, port, result).inc()
        self._seconds.labels(record.agent, port).observe(record.seconds)
        if record.decision is not None:
            self._decisions.labels(record.agent, record.decision.outcome).inc()

    def text(self) -> bytes:
        """Write all figures in the Prometheus text format."""
        return generate_latest(self.registry)
