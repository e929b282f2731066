"""Traces as lines of OTLP JSON, as the collector's file exporter writes them and its receiver reads them.

OpenTelemetry's own exporter of such files pins other versions of its neighbours than the one that sends, so
that both cannot be installed; what it would write is the protobuf message as JSON, with ids in hexadecimal.
"""

import errno
import os
import time
from base64 import b64decode
from collections.abc import Sequence
from typing import Any

from google.protobuf.json_format import MessageToDict
from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.sdk.trace import ReadableSpan

from qpf.api import canonical
from qpf_plugins.extraction_observability.account import Listener
from qpf_plugins.extraction_observability.spans import spans
from qpf_plugins.extraction_observability.target import Settings

SPANS_A_LINE = 512

_BEGINNING = b'{"resourceSpans":'
"""Of every line."""

_IDS = ("traceId", "spanId", "parentSpanId")


class TraceFile(Listener):
    """Appends the trace of a run when it has ended."""

    def __init__(self, path: str, settings: Settings) -> None:
        super().__init__()
        self._path = path
        self._settings = settings

    def close(self) -> str:
        """Append; returns what could not be written, and why."""
        deadline = time.monotonic() + self._settings.deadline_seconds
        whole = spans(self.closed(), self._settings.sampling_rate)
        written = 0
        try:
            for start in range(0, len(whole), SPANS_A_LINE):
                if start and time.monotonic() > deadline:
                    seconds = f"{self._settings.deadline_seconds:g} s"
                    return f"{len(whole) - written} of {len(whole)} spans were not written within {seconds}"
                batch = whole[start : start + SPANS_A_LINE]
                self._append(line(batch))
                written += len(batch)
        except OSError as error:
            missing = f"{len(whole) - written} of {len(whole)} spans were not written to a file"
            return f"{missing}: {error.strerror or type(error).__name__}"
        return ""

    def _append(self, content: bytes) -> None:
        # In one call each, so that lines of compiles that end at once do not mix.
        handle = os.open(self._path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            # It is sources that name the file: what is no trace is left as it is.
            if os.pread(handle, len(_BEGINNING), 0) not in (b"", _BEGINNING):
                raise OSError(errno.EEXIST, "it holds something else than traces")
            size = os.fstat(handle).st_size
            if size and os.pread(handle, 1, size - 1) != b"\n":  # a full disk took the end of the last line
                content = b"\n" + content
            while content:
                content = content[os.write(handle, content) :]
        finally:
            os.close(handle)


def line(batch: Sequence[ReadableSpan]) -> bytes:
    """Spans as a line of OTLP JSON."""
    data = MessageToDict(encode_spans(batch), use_integers_for_enums=True)
    for of_resource in data["resourceSpans"]:
        for of_scope in of_resource["scopeSpans"]:
            for span in of_scope["spans"]:
                _spell_ids(span)
    return canonical(data) + b"\n"


def _spell_ids(span: dict[str, Any]) -> None:
    for name in _IDS:
        if name in span:
            span[name] = b64decode(span[name]).hex()
