"""A run as a trace: run → stages and environments → extractions → parts, with the guide's trace points.

What has a beginning and an end is a span, and the points `…_started` and `…_completed` are events of it; what
is a moment is an event of the span it happens in. `docs/how-to/observe-compiles.md` has the list.
"""

import logging
import os
from collections.abc import Mapping
from importlib.metadata import version

from opentelemetry.context import Context
from opentelemetry.sdk.resources import OTELResourceDetector, Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.sdk.trace.id_generator import IdGenerator
from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased
from opentelemetry.trace import Span, Status, StatusCode, set_span_in_context
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from qpf.api import ExtractionFinished, StageFinished
from qpf_plugins.extraction_observability.account import Account

PARTS = {
    "code": "code_generation",
    "tests": "tests_generation",
    "docs": "docs_generation",
    "manifest": "manifest_creation",
}
"""What the guide calls the parts of an extraction."""

# What the library logs would stand in the middle of our output, and tell it in its own words.
logging.getLogger("opentelemetry").addHandler(logging.NullHandler())


def resource() -> Resource:
    """Who speaks: qpf, its version, unless `OTEL_RESOURCE_ATTRIBUTES` or `OTEL_SERVICE_NAME` say more."""
    ours = Resource.create({"service.name": "qpf", "service.version": version("qpf")})
    return ours.merge(OTELResourceDetector().detect())


def spans(account: Account, sampling_rate: float) -> tuple[ReadableSpan, ...]:
    """The spans of a run, the outer ones first; none if it is not sampled.

    Where something that is traced started it, such as a job of a CI, that has the say, and is their parent.
    """
    if account.begun is None:
        return ()
    collected = InMemorySpanExporter()
    provider = TracerProvider(
        resource=resource(),
        sampler=ParentBased(TraceIdRatioBased(sampling_rate)),
        id_generator=_Ids(),
        shutdown_on_exit=False,
    )
    provider.add_span_processor(SimpleSpanProcessor(collected))
    _Trace(provider, account).record()
    provider.shutdown()
    return tuple(reversed(collected.get_finished_spans()))


class _Ids(IdGenerator):
    """Ids of the system's chance: a program that seeds Python's would make the same trace twice."""

    def generate_span_id(self) -> int:
        """Make one, of 64 bits."""
        return int.from_bytes(os.urandom(8)) or 1

    def generate_trace_id(self) -> int:
        """Make one, of 128 bits."""
        return int.from_bytes(os.urandom(16)) or 1

    def is_trace_id_random(self) -> bool:
        """All of its bits are."""
        return True


class _Trace:
    """Records one run."""

    def __init__(self, provider: TracerProvider, account: Account) -> None:
        self._tracer = provider.get_tracer("qpf", version("qpf"))
        self._account = account

    def record(self) -> None:
        account = self._account
        assert account.begun is not None, "spans() looked"
        attributes: dict[str, str | float] = {
            "qpf.run": account.begun.run,
            "qpf.jobs": account.begun.jobs,
            "qpf.environments": ",".join(account.begun.environments),
        }
        if account.ended is not None:
            attributes |= {
                "qpf.files.written": account.ended.written,
                "qpf.files.removed": account.ended.removed,
                "qpf.files.unchanged": account.ended.unchanged,
            }
        run = self._start("run", _starter(), 0.0, attributes)
        inside = set_span_in_context(run, Context())
        for each in account.stages:
            if not each.environment:
                self._stage(each, inside)
        for name in account.environments:
            self._environment(name, inside)
        if not account.succeeded:
            kind = "run_failed" if account.ended is not None else "run_cut_off"
            _fail(run, kind)
        self._end(run, max(account.seconds, account.at))

    def _environment(self, name: str, outer: Context) -> None:
        account = self._account
        stages = [each for each in account.stages if each.environment == name]
        extracted = [each for each in account.extracted if each.environment == name]
        cut_off = {agent: at for (environment, agent), at in account.open.items() if environment == name}
        plan = account.planned.get(name)
        moments = [(each.at - each.seconds, each.at) for each in stages]
        moments += [(each.at - each.seconds, each.at) for each in extracted]
        moments += [(at, account.at) for at in cut_off.values()]
        moments += [(plan.at, plan.at)] if plan is not None else []
        if not moments:
            return
        attributes: dict[str, str | float] = {"qpf.environment": name, "qpf.agents.kept": account.kept[name]}
        span = self._start("environment", outer, min(began for began, _ in moments), attributes)
        inside = set_span_in_context(span, Context())
        if plan is not None:
            self._point(span, "dependencies_resolved", plan.at, {"qpf.agents": len(plan.agents)})
        for stage in stages:
            self._stage(stage, inside)
        for each in extracted:
            self._extraction(each, inside)
        for agent, at in cut_off.items():
            left = self._start("extraction", inside, at, {"qpf.agent": agent, "qpf.environment": name})
            self._point(left, "extraction_started", at)
            _fail(left, "run_cut_off")
            self._end(left, account.at)
        self._end(span, max(ended for _, ended in moments))

    def _stage(self, stage: StageFinished, outer: Context) -> None:
        attributes = {"qpf.environment": stage.environment} if stage.environment else {}
        began = max(0.0, stage.at - stage.seconds)
        span = self._start(stage.stage, outer, began, attributes)
        if stage.stage == "gates":
            self._point(span, "quality_gates_validation_started", began)
            self._point(span, "quality_gates_validation_completed", stage.at)
        planned = self._account.planned
        valid = stage.environment in planned if stage.environment else bool(planned)
        if stage.stage == "check" and (valid or self._account.succeeded):
            self._point(span, "schema_validation_passed", stage.at)
        if stage.stage == "plan" and valid:
            self._point(span, "extraction_templates_selected", stage.at)
        self._end(span, stage.at)

    def _extraction(self, each: ExtractionFinished, outer: Context) -> None:
        began = max(0.0, each.at - each.seconds)
        attributes: dict[str, str | float] = {
            "qpf.agent": each.agent,
            "qpf.environment": each.environment,
            "qpf.origin": each.origin,
            "qpf.files": each.files,
            "qpf.tests": each.tests,
            "qpf.lines": each.lines,
            "qpf.cpu_time": each.cpu_seconds,
            "qpf.memory": each.memory_bytes,
        }
        span = self._start("extraction", outer, began, attributes)
        self._point(span, "extraction_started", began)
        inside = set_span_in_context(span, Context())
        at = began
        for part, seconds in each.parts.items():
            name = PARTS.get(part, part)
            inner = self._start(name, inside, at, {"qpf.agent": each.agent})
            self._point(inner, f"{name}_started", at)
            at = min(at + seconds, each.at)
            self._point(inner, f"{name}_completed", at)
            self._end(inner, at)
        if each.error:
            # What it says may quote a source or a path; the findings of the compile show it, masked.
            _fail(span, "extraction_failed")
        else:
            self._point(span, "extraction_completed", each.at)
        self._end(span, each.at)

    def _start(self, name: str, outer: Context, at: float, attributes: Mapping[str, str | float]) -> Span:
        return self._tracer.start_span(
            name, context=outer, attributes=attributes, start_time=self._time(max(0.0, at))
        )

    def _point(
        self, span: Span, name: str, at: float, attributes: Mapping[str, str | float] | None = None
    ) -> None:
        span.add_event(name, attributes, timestamp=self._time(at))

    def _end(self, span: Span, at: float) -> None:
        span.end(self._time(at))

    def _time(self, at: float) -> int:
        return self._account.began_ns + round(at * 1e9)


def _starter() -> Context:
    """The span that this process was started in, as the environment says by the W3C's two names."""
    told = os.environ  # noqa: TID251 -- as OpenTelemetry's own library reads the rest
    said = {name: told.get(name.upper(), "") for name in ("traceparent", "tracestate")}
    return TraceContextTextMapPropagator().extract(said, Context())


def _fail(span: Span, kind: str) -> None:
    span.set_attribute("error.type", kind)
    span.set_status(Status(StatusCode.ERROR))
