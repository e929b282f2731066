"""Which work belongs together: W3C trace contexts for packets, whether or not anybody records spans.

`PlainTracer` makes valid ids and records nothing; `qpf_runtime.otel` records with OpenTelemetry.
"""

import re
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import Protocol

from qpf_runtime.envelope import PacketEnvelope
from qpf_runtime.ids import hexadecimal

SAMPLED = "01"
"""Flags of a trace that begins here: whoever records spans further on should record this one."""

TRACEPARENT = re.compile(r"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")

TRACE_ID = slice(3, 35)
SPAN_ID = slice(36, 52)
FLAGS = slice(53, 55)
"""Where the parts of a traceparent are."""


class Span(Protocol):
    """A piece of work with a beginning and an end."""

    @property
    def traceparent(self) -> str:
        """Its W3C trace context."""

    def set(self, name: str, value: str | float) -> None:
        """Note something about it."""

    def fail(self, message: str, code: str = "error") -> None:
        """Note that it failed, and why: a sentence, and one word."""


class Tracer(Protocol):
    """Says of the work that runs which trace it belongs to."""

    def turn(self, envelope: PacketEnvelope, agent: str) -> AbstractContextManager[Span]:
        """Enclose one agent's work on one packet; part of the trace the packet belongs to."""

    def step(self, name: str) -> AbstractContextManager[None]:
        """Enclose one step of a turn."""

    def request(self, name: str, traceparent: str | None) -> AbstractContextManager[Span]:
        """Enclose the work on a request from outside the fleet; part of the trace its sender named."""

    def current(self) -> str | None:
        """Give the trace context of the work that runs here, if any."""

    def close(self, within: float) -> None:
        """Hand out what was recorded, for so many seconds; blocks."""


@dataclass(frozen=True, slots=True)
class Context:
    """What runs here: what log lines and outgoing packets say of it.

    Attributes:
        traceparent: W3C trace context.
        agent: Whose work it is.
        packet_id: The packet it works on.
        correlation_id: The story that packet belongs to.
    """

    traceparent: str
    agent: str = ""
    packet_id: str = ""
    correlation_id: str = ""

    @property
    def trace_id(self) -> str:
        """32 hexadecimal digits."""
        return self.traceparent[TRACE_ID]

    @property
    def span_id(self) -> str:
        """16 hexadecimal digits."""
        return self.traceparent[SPAN_ID]


_here: ContextVar[Context | None] = ContextVar("qpf_trace", default=None)


def here() -> Context | None:
    """Tell what runs here, if a tracer enclosed it."""
    return _here.get()


@contextmanager
def entered(context: Context) -> Iterator[None]:
    """Let `here` tell this while the block runs."""
    token = _here.set(context)
    try:
        yield
    finally:
        _here.reset(token)


def of_turn(envelope: PacketEnvelope, agent: str, traceparent: str) -> Context:
    """Describe an agent's work on a packet."""
    return Context(traceparent, agent, envelope.id, envelope.correlation_id)


def part(traceparent: str) -> Context:
    """Describe a part of what runs here."""
    outer = _here.get()
    return replace(outer, traceparent=traceparent) if outer is not None else Context(traceparent)


class PlainSpan:
    """A span nobody records: all it has is its place in the trace."""

    __slots__ = ("traceparent",)

    def __init__(self, traceparent: str) -> None:
        self.traceparent = traceparent

    def set(self, name: str, value: str | float) -> None:
        """Note nothing."""

    def fail(self, message: str, code: str = "error") -> None:
        """Note nothing."""


class PlainTracer:
    """Makes the ids and records nothing."""

    @contextmanager
    def turn(self, envelope: PacketEnvelope, agent: str) -> Iterator[Span]:
        """Enclose one agent's work on one packet."""
        span = PlainSpan(child(envelope.traceparent))
        with entered(of_turn(envelope, agent, span.traceparent)):
            yield span

    @contextmanager
    def step(self, name: str) -> Iterator[None]:  # noqa: ARG002 -- the protocol's
        """Enclose one step; what it sends belongs to the turn."""
        yield

    @contextmanager
    def request(self, name: str, traceparent: str | None) -> Iterator[Span]:  # noqa: ARG002 -- the protocol's
        """Enclose the work on a request."""
        span = PlainSpan(child(traceparent))
        with entered(part(span.traceparent)):
            yield span

    def current(self) -> str | None:
        """Give the trace context of the work that runs here, if any."""
        context = _here.get()
        return context.traceparent if context is not None else None

    def close(self, within: float) -> None:
        """Nothing was recorded."""


def child(parent: str | None) -> str:
    """Make the trace context of a part of some work; of new work, if there is none."""
    if parent is None:
        return f"00-{hexadecimal(16)}-{hexadecimal(8)}-{SAMPLED}"
    return f"{parent[:36]}{hexadecimal(8)}{parent[52:]}"


def read_traceparent(header: str | None) -> str | None:
    """Read the header of that name; None if it is not one: then a new trace begins, as W3C asks."""
    if header is None or TRACEPARENT.fullmatch(header) is None:
        return None
    return header
