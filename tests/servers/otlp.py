"""An OTLP receiver on loopback: takes traces by HTTP and protobuf, and keeps the spans."""

import gzip
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)


@dataclass(frozen=True, slots=True)
class ReceivedSpan:
    """A span as it came; ids in hexadecimal digits, `parent` empty at the root of a trace."""

    service: str
    name: str
    trace: str
    id: str
    parent: str
    kind: int
    status: int
    links: tuple[str, ...]
    attributes: dict[str, object]


@dataclass
class OtlpReceiver:
    """What was received so far, and where to send more."""

    endpoint: str
    spans: list[ReceivedSpan] = field(default_factory=list)
    requests: int = 0
    answer: int = 200
    _changed: threading.Condition = field(default_factory=threading.Condition)

    def take(self, raw: bytes) -> None:
        request = ExportTraceServiceRequest.FromString(raw)
        with self._changed:
            self.requests += 1
            for group in request.resource_spans:
                about = {item.key: item.value.string_value for item in group.resource.attributes}
                for scope in group.scope_spans:
                    self.spans.extend(_read(about["service.name"], span) for span in scope.spans)
            self._changed.notify_all()

    def wait_for(self, count: int, within: float = 30.0) -> list[ReceivedSpan]:
        """Wait until so many spans have come; gives what is there when they have, or time is up."""
        with self._changed:
            self._changed.wait_for(lambda: len(self.spans) >= count, within)
            return list(self.spans)


def _read(service: str, span) -> ReceivedSpan:
    values = {}
    for item in span.attributes:
        values[item.key] = getattr(item.value, item.value.WhichOneof("value"))
    return ReceivedSpan(
        service=service,
        name=span.name,
        trace=span.trace_id.hex(),
        id=span.span_id.hex(),
        parent=span.parent_span_id.hex(),
        kind=span.kind,
        status=span.status.code,
        links=tuple(link.span_id.hex() for link in span.links),
        attributes=values,
    )


@contextmanager
def otlp_receiver() -> Iterator[OtlpReceiver]:
    """Run a receiver; set its `endpoint` as OTEL_EXPORTER_OTLP_ENDPOINT, its `answer` to a status."""

    class Intake(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers["content-length"]))
            if self.headers.get("content-encoding") == "gzip":
                raw = gzip.decompress(raw)
            if receiver.answer == 200:
                receiver.take(raw)
            else:
                receiver.requests += 1
            body = ExportTraceServiceResponse().SerializeToString()
            self.send_response(receiver.answer)
            self.send_header("content-type", "application/x-protobuf")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Intake)
    receiver = OtlpReceiver(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
