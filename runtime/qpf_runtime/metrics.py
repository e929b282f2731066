"""What an agent counts, in a registry of its own, by Prometheus's conventions: seconds, totals, gauges.

Label values come from configuration or from fixed lists, never from packets: nobody outside can make new
series. `docs` lists the names; dashboards and alerts are written against them.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Counter, Gauge, GCCollector, Histogram, ProcessCollector
from prometheus_client.exposition import choose_encoder
from sqlalchemy import func, select

from qpf_runtime.errors import RuntimeFault
from qpf_runtime.held import APPROVALS
from qpf_runtime.runtime import TurnRecord
from qpf_runtime.tracing import TRACE_ID
from qpf_runtime.version import runtime_version

if TYPE_CHECKING:
    from qpf_runtime.agent import Agent

log = logging.getLogger("qpf_runtime.metrics")

BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
"""Seconds; from a step without a wait up to a model that is asked."""

UNCHECKED_PORT = frozenset({"unknown_port"})
UNCHECKED_KIND = frozenset({"unknown_port", "forged_source", "wrong_kind"})
"""Failures that say: this part of the packet is whatever its sender wrote."""

PATIENCE = 1.0
"""Seconds a figure that must be asked for may take."""

Ask = Callable[[], Awaitable[int]]


class Metrics:
    """The figures of the agents of one process; give its `watch` to a runtime's watchers."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._asked: list[tuple[Gauge, str, Ask]] = []
        self._asking: asyncio.Future[list[None]] | None = None
        self._packets = self._counter(
            "qpf_packets", "Packets that came, by what became of them.", "agent", "port", "kind", "outcome"
        )
        self._seconds = Histogram(
            "qpf_packet_duration_seconds",
            "Time from taking a packet up to its end.",
            ("agent", "port"),
            registry=self.registry,
            buckets=BUCKETS,
        )
        self._refused = self._counter(
            "qpf_packets_refused", "Packets and requests that are wrong, by reason.", "agent", "reason"
        )
        self._duplicates = self._counter("qpf_duplicates", "Packets that had been handled before.", "agent")
        self._dead = self._counter(
            "qpf_dead_letters", "Packets that were given up, by reason.", "agent", "code"
        )
        self._failed = self._counter("qpf_failures", "Turns that failed, by reason.", "agent", "code")
        self._decisions = self._counter(
            "qpf_decisions", "Decisions of the gate, by outcome.", "agent", "outcome"
        )
        self._retries = self._counter("qpf_retries", "Calls that were made again.", "agent", "target")
        self._rejected = self._counter(
            "qpf_bulkhead_rejected", "Calls not made: too many were under way.", "agent", "target"
        )
        self._open = self._gauge(
            "qpf_breaker_open", "1 while calls are not made: too many failed.", "agent", "target"
        )
        self._outbox = self._gauge("qpf_outbox_pending", "Packets this process still has to send.", "agent")
        self._queue = self._gauge("qpf_queue_pending", "Packets that wait to be taken up.", "agent")
        self._held = self._gauge("qpf_held_decisions", "Decisions that wait for a person.", "agent")
        self._in_flight = self._gauge("qpf_in_flight", "Packets being handled.", "agent")
        self._build = self._gauge(
            "qpf_build_info", "What runs; always 1.", "agent", "environment", "schema_version", "version"
        )
        ProcessCollector(registry=self.registry)
        GCCollector(registry=self.registry)

    def add(self, agent: "Agent") -> None:
        """Show an agent from the start, with zeros: what has no series cannot raise an alarm."""
        name, config = agent.name, agent.config
        for port, configured in config.inputs.items():
            self._packets.labels(name, port, configured.packet, "done")
            self._seconds.labels(name, port)
        self._duplicates.labels(name)
        self._build.labels(name, config.environment, config.schema_version, runtime_version()).set(1)
        self._outbox.labels(name).set_function(lambda: agent.relay.pending)
        self._in_flight.labels(name).set_function(lambda: agent.in_flight)
        self._asked.append((self._held, name, partial(_held, agent)))
        pending = getattr(agent.bus, "pending", None)
        if pending is not None:  # not every bus can tell
            self._asked.append((self._queue, name, partial(pending, name)))

    def watch(self, record: TurnRecord) -> None:
        """Count one turn."""
        agent, envelope = record.agent, record.envelope
        code = record.failure.code if record.failure is not None else ""
        port = "unknown" if code in UNCHECKED_PORT else envelope.port
        kind = "unknown" if code in UNCHECKED_KIND else envelope.kind
        self._packets.labels(agent, port, kind, record.settled).inc()
        trace = {"trace_id": envelope.traceparent[TRACE_ID]} if envelope.traceparent else None
        self._seconds.labels(agent, port).observe(record.seconds, trace)
        match record.settled:
            case "duplicate":
                self._duplicates.labels(agent).inc()
            case "refused":
                self._refused.labels(agent, code).inc()
            case "dead":
                self._dead.labels(agent, code).inc()
            case _:
                pass
        if code:
            self._failed.labels(agent, code).inc()
        if record.decision is not None:
            self._decisions.labels(agent, record.decision.outcome).inc()

    def refused(self, agent: str, reason: str) -> None:
        """Count a request that never became a packet, or a message that is none."""
        self._refused.labels(agent, reason).inc()

    def duplicate(self, agent: str) -> None:
        """Count a packet that was answered from the ledger before it came to a turn."""
        self._duplicates.labels(agent).inc()

    def no_packet(self, agent: str, code: str) -> None:
        """Count a message from the bus that is no packet: it is refused, and given up."""
        self._refused.labels(agent, code).inc()
        self._dead.labels(agent, code).inc()

    def called(self, agent: str, event: str, target: str) -> None:
        """Count what became of a call to another: an event of `resilience.Caller`."""
        match event:
            case "retry":
                self._retries.labels(agent, target).inc()
            case "bulkhead_rejected":
                self._rejected.labels(agent, target).inc()
            case "breaker_open" | "breaker_half_open":
                self._open.labels(agent, target).set(1)
            case "breaker_closed":
                self._open.labels(agent, target).set(0)
            case _:
                log.debug("%s: %s is no event that is counted", agent, event)

    async def write(self, accept: str = "") -> tuple[bytes, str]:
        """Write all figures as the reader's `Accept` asks: text, or OpenMetrics with exemplars.

        Returns:
            The text and its content type.
        """
        # Whoever reads needs no token, and many must not ask more of the database than one.
        if self._asking is None or self._asking.done():
            asked = (self._ask(gauge, agent, ask) for gauge, agent, ask in self._asked)
            self._asking = asyncio.gather(*asked)
        await asyncio.shield(self._asking)
        encode, content_type = choose_encoder(accept)
        return encode(self.registry), content_type

    async def _ask(self, gauge: Gauge, agent: str, ask: Ask) -> None:
        try:
            async with asyncio.timeout(PATIENCE):
                gauge.labels(agent).set(await ask())
        except (RuntimeFault, TimeoutError, OSError) as error:
            # An old figure would be a wrong one.
            gauge.labels(agent).set(float("nan"))
            log.debug("a figure of %s is not known: %s", agent, error)

    def _counter(self, name: str, told: str, *labels: str) -> Counter:
        return Counter(name, told, labels, registry=self.registry)

    def _gauge(self, name: str, told: str, *labels: str) -> Gauge:
        return Gauge(name, told, labels, registry=self.registry)


async def _held(agent: "Agent") -> int:
    """Count the decisions of an agent that wait for a person."""
    waiting = select(func.count()).select_from(APPROVALS)
    waiting = waiting.where(APPROVALS.c.agent == agent.name, APPROVALS.c.state == "pending")
    return await agent.database.run(lambda connection: int(connection.execute(waiting).scalar_one()))
