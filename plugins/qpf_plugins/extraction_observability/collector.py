"""Traces and figures sent to a collector by OTLP over HTTP, all at the end of the run, within a deadline.

The library retries; here each request has no more time than is left. A thread sends, because a name that is
looked up, or an answer that drips, keeps to no time limit; it is told to stop, and not waited for.
"""

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import requests
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.metrics import Meter
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader, MetricExportResult, MetricsData
from opentelemetry.sdk.trace.export import SpanExportResult

from qpf.api import Trust
from qpf_plugins.extraction_observability.account import Account, Listener
from qpf_plugins.extraction_observability.figures import figures
from qpf_plugins.extraction_observability.spans import resource, spans
from qpf_plugins.extraction_observability.target import Settings, Target

SPANS_A_REQUEST = 512
HEADERS = tuple(f"OTEL_EXPORTER_OTLP_{kind}HEADERS" for kind in ("", "TRACES_", "METRICS_"))
"""Variables from which the library takes what authorises us."""
_PLAIN = frozenset({"content-type", "content-encoding", "user-agent"})


@dataclass(slots=True)
class _Delivery:
    """What became of it, as far as it went."""

    spans: int = 0
    sent: int = 0
    figures_sent: bool = False
    done: bool = False
    why: str = field(default="it did not answer in time")


class Collector(Listener):
    """Sends what a run was when it has ended."""

    def __init__(self, target: Target, settings: Settings, trust: Trust) -> None:
        super().__init__()
        self._target = target
        self._settings = settings
        # The library sends what they hold wherever it is told to send.
        held = [name for name in HEADERS if trust.secrets.get(name)]
        self._withheld = any(not trust.reaches(target.place, name) for name in held)

    def close(self) -> str:
        """Send; returns what was not delivered, and why."""
        account = self.closed()
        if account.begun is None:
            return ""
        delivery = _Delivery()
        deadline = time.monotonic() + self._settings.deadline_seconds
        session = _Session(deadline, delivery, plain=self._withheld)
        sending = threading.Thread(
            target=self._try, args=(account, session, deadline, delivery), name="qpf-otlp", daemon=True
        )
        sending.start()
        sending.join(self._settings.deadline_seconds)
        session.give_up()
        if delivery.done:
            return ""
        missing = f"{delivery.spans - delivery.sent} of {delivery.spans} spans"
        missing += "" if delivery.figures_sent else " and the figures of the run"
        return f"{missing} were not delivered to {self._target.shown}: {delivery.why}"

    def _try(self, account: Account, session: "_Session", deadline: float, delivery: _Delivery) -> None:
        try:
            self._send(account, session, deadline, delivery)
        except Exception as error:  # noqa: BLE001 -- a compile that went well does not end in our traceback
            delivery.why = f"sending failed, {type(error).__name__}"

    def _send(self, account: Account, session: "_Session", deadline: float, delivery: _Delivery) -> None:
        whole = spans(account, self._settings.sampling_rate)
        delivery.spans = len(whole)
        if self._target.authorization:
            session.ours["authorization"] = self._target.authorization
        options: dict[str, Any] = {
            "timeout": max(0.001, deadline - time.monotonic()),
            "session": session,
        }
        to_metrics = OTLPMetricExporter(f"{self._target.base}/v1/metrics", **options)
        to_traces = OTLPSpanExporter(f"{self._target.base}/v1/traces", **options)
        session.exporters = (to_metrics, to_traces)
        measured = _measured(account)
        delivery.figures_sent = measured is None or to_metrics.export(measured) is MetricExportResult.SUCCESS
        for start in range(0, len(whole), SPANS_A_REQUEST):
            batch = whole[start : start + SPANS_A_REQUEST]
            if to_traces.export(batch) is not SpanExportResult.SUCCESS:
                break
            delivery.sent += len(batch)
        delivery.done = delivery.figures_sent and delivery.sent == delivery.spans


class _Session(requests.Session):
    """Requests that have no more time than is left, and remember why they failed.

    Attributes:
        ours: Headers that go before those of the environment, which are left out of `plain` requests.
    """

    def __init__(self, deadline: float, delivery: _Delivery, *, plain: bool) -> None:
        super().__init__()
        self.ours: dict[str, str] = {}
        self._plain = plain
        self._deadline = deadline
        self._delivery = delivery
        self.exporters: tuple[OTLPMetricExporter | OTLPSpanExporter, ...] = ()

    def request(self, *args: Any, **kwargs: Any) -> requests.Response:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise requests.exceptions.Timeout
        kwargs["timeout"] = left
        given: Mapping[str, str] = kwargs["headers"]
        kept = {name: each for name, each in given.items() if name.lower() in _PLAIN or not self._plain}
        kwargs["headers"] = kept | self.ours
        try:
            response = super().request(*args, **kwargs)
        except requests.exceptions.SSLError:
            self._delivery.why = "its certificate is not trusted"
            raise
        except requests.exceptions.Timeout:
            self._delivery.why = "it did not answer in time"
            raise
        except requests.exceptions.RequestException:
            self._delivery.why = "it cannot be reached"
            raise
        if response.status_code >= HTTPStatus.MULTIPLE_CHOICES:
            self._delivery.why = f"it answered {response.status_code}"
        if response.is_redirect:  # which the library would take for success
            raise requests.exceptions.InvalidURL
        return response

    def give_up(self) -> None:
        """End retries, and what still waits for one."""
        for exporter in self.exporters:
            exporter.shutdown()
        self.close()


def _measured(account: Account) -> MetricsData | None:
    """The figures of a run; None where `OTEL_SDK_DISABLED` says that there are none."""
    reader = InMemoryMetricReader()
    provider = MeterProvider([reader], resource=resource(), shutdown_on_exit=False)
    meter: Meter = provider.get_meter("qpf")
    gauges: dict[str, Any] = {}
    for figure, value, about in figures(account):
        if figure.name not in gauges:
            gauges[figure.name] = meter.create_gauge(figure.name, figure.unit, figure.description)
        gauges[figure.name].set(value, {f"qpf.{name}": each for name, each in about.items()})
    data = reader.get_metrics_data()
    provider.shutdown()
    return data
