"""Spans by OpenTelemetry, sent by OTLP over HTTP; needs the extra `otel`.

Where to is OpenTelemetry's to know: `OTEL_EXPORTER_OTLP_ENDPOINT` and its relatives. Spans are queued (2048
at most) and sent by a thread: a receiver that is slow or gone costs spans, never packets.
"""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.trace import (
    Link,
    NonRecordingSpan,
    SpanContext,
    SpanKind,
    Status,
    StatusCode,
    TraceFlags,
)

from qpf_runtime.envelope import PacketEnvelope
from qpf_runtime.tracing import FLAGS, SPAN_ID, TRACE_ID, Span, entered, here, of_turn, part


def otel_tracer(
    service: str, attributes: Mapping[str, str], system: str, exporter: SpanExporter | None = None
) -> "OtelTracer":
    """Make a tracer that records.

    Args:
        service: Name of the service, an agent's.
        attributes: What else is true of the whole process, by OpenTelemetry's names.
        system: What packets travel by: `nats` or `in_process`.
        exporter: Where spans go; by OTLP to where the environment says, if not given.
    """
    resource = Resource.create({"service.name": service, **attributes})
    provider = TracerProvider(resource=resource, shutdown_on_exit=False)
    sending = exporter or OTLPSpanExporter()
    provider.add_span_processor(BatchSpanProcessor(sending))
    return OtelTracer(provider, sending, system)


class OtelSpan:
    """A span that is recorded."""

    def __init__(self, span: trace.Span) -> None:
        self._span = span
        self.traceparent = _spell(span.get_span_context())

    def set(self, name: str, value: str | float) -> None:
        """Note something about it."""
        self._span.set_attribute(name, value)

    def fail(self, message: str, code: str = "error") -> None:
        """Note that it failed, and why."""
        self._span.set_attribute("error.type", code)
        self._span.set_status(Status(StatusCode.ERROR, message))


class OtelTracer:
    """Records turns, their steps, and requests from outside."""

    def __init__(self, provider: TracerProvider, exporter: SpanExporter, system: str) -> None:
        self._provider = provider
        self._exporter = exporter
        self._tracer = provider.get_tracer("qpf_runtime")
        self._system = system

    @contextmanager
    def turn(self, envelope: PacketEnvelope, agent: str) -> Iterator[Span]:
        """Record one agent's work on one packet, below the work that sent it."""
        attributes: dict[str, str | int] = {
            "messaging.system": self._system,
            "messaging.operation.name": "process",
            "messaging.operation.type": "process",
            "messaging.destination.name": envelope.target,
            "messaging.consumer.group.name": agent,
            "messaging.message.id": envelope.id,
            "messaging.message.conversation_id": envelope.correlation_id,
            "qpf.agent": agent,
            "qpf.packet.kind": envelope.kind,
            "qpf.packet.version": envelope.packet_version,
            "qpf.packet.priority": envelope.priority,
            "qpf.packet.source": envelope.source,
        }
        parent = _read(envelope.traceparent)
        # By convention a consumer's span links to what it consumes, also where that is its parent.
        links = [Link(parent)] if parent is not None else []
        with self._tracer.start_as_current_span(
            f"process {envelope.target}",
            context=_below(parent),
            kind=SpanKind.CONSUMER,
            attributes=attributes,
            links=links,
            record_exception=False,
            set_status_on_exception=False,
        ) as recorded:
            span = OtelSpan(recorded)
            with entered(of_turn(envelope, agent, span.traceparent)), _failing(span):
                yield span

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Record one step of a turn."""
        with self._tracer.start_as_current_span(
            name, record_exception=False, set_status_on_exception=False
        ) as recorded:
            span = OtelSpan(recorded)
            with entered(part(span.traceparent)), _failing(span):
                yield

    @contextmanager
    def request(self, name: str, traceparent: str | None) -> Iterator[Span]:
        """Record the work on a request from outside the fleet."""
        with self._tracer.start_as_current_span(
            name,
            context=_below(_read(traceparent)),
            kind=SpanKind.SERVER,
            record_exception=False,
            set_status_on_exception=False,
        ) as recorded:
            span = OtelSpan(recorded)
            with entered(part(span.traceparent)), _failing(span):
                yield span

    def current(self) -> str | None:
        """Give the trace context of the work that runs here, if any."""
        context = here()
        return context.traceparent if context is not None else None

    def close(self, within: float) -> None:
        """Send what is queued, for so many seconds, and give up the rest; blocks."""
        # Its own limit is half a minute for each batch: too long for a process that is told to go.
        sending = threading.Thread(target=self._provider.shutdown, name="qpf-otel-close", daemon=True)
        sending.start()
        sending.join(within)
        if sending.is_alive():
            self._exporter.shutdown()  # ends its retries, and so the threads of the provider


@contextmanager
def _failing(span: OtelSpan) -> Iterator[None]:
    try:
        yield
    except Exception as error:
        # Its message may quote what a packet says; the log has it, with its secrets masked.
        span.fail(type(error).__name__, type(error).__name__)
        raise


def _spell(context: SpanContext) -> str:
    return f"00-{context.trace_id:032x}-{context.span_id:016x}-{context.trace_flags:02x}"


def _read(traceparent: str | None) -> SpanContext | None:
    if traceparent is None:
        return None
    return SpanContext(
        trace_id=int(traceparent[TRACE_ID], 16),
        span_id=int(traceparent[SPAN_ID], 16),
        is_remote=True,
        trace_flags=TraceFlags(int(traceparent[FLAGS], 16)),
    )


def _below(parent: SpanContext | None) -> Context:
    if parent is None or not parent.is_valid:
        return Context()
    return trace.set_span_in_context(NonRecordingSpan(parent), Context())
