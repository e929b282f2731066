"""What `qpf.yaml` says about compiling itself: caches, processes, limits, and whom to tell.

The names are those of the optimization guide. Nothing here can change what is compiled, so nothing here
is part of a key.
"""

from decimal import Decimal
from typing import Annotated, Literal, get_args

from pydantic import Field, StringConstraints, model_validator

from qpf.syntax.header import Form, Header

Trigger = Literal[
    "schema_content_changed",
    "extractor_version_changed",
    "glue_version_changed",
    "deployment_environment_changed",
]
TRIGGERS: tuple[Trigger, ...] = get_args(Trigger)
ReportField = Literal[
    "extraction_id",
    "agent_name",
    "status",
    "progress_percent",
    "files_generated_count",
    "tests_generated_count",
    "error_message",
]
Size = Annotated[
    str,
    StringConstraints(pattern=r"^[1-9][0-9]*(\.[0-9]+)? ?(KB|MB|GB|KiB|MiB|GiB)$"),
    Form("a number and KB, MB, GB, KiB, MiB or GiB: `500MB`, `2 GiB`"),
]
_UNITS = {"KB": 10**3, "MB": 10**6, "GB": 10**9, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30}
_MOST = 2**62


class CacheSettings(Header):
    """Where results of extractions are kept."""

    enabled: bool = Field(default=True, description="Whether results are kept at all.")
    backend: Literal["local", "redis", "s3"] = Field(
        default="local", description="`local` is always used; the others are shared beside it."
    )
    url: str = Field(
        default="", description="Where the shared cache is, without a password; `QPF_CACHE` overrides it."
    )
    ttl_hours: int = Field(default=720, ge=1, le=1_000_000, description="How long an entry is kept.")
    max_size: Size = Field(default="2 GiB", description="How much the local cache may hold.")
    deadline_seconds: float = Field(
        default=5.0, gt=0, le=60, description="How long a shared cache may take before it is left out."
    )
    key_format: Literal["qpf:extraction:{schema_hash}:{extractor_version}:{glue_version}"] = Field(
        default="qpf:extraction:{schema_hash}:{extractor_version}:{glue_version}",
        description="What an agent's files are kept as, and what was found in it as `qpf:check:…`; always.",
    )
    invalidation_triggers: list[Trigger] = Field(
        default=list(TRIGGERS), description="What makes a result be made anew: always all four."
    )

    @model_validator(mode="after")
    def _complete(self) -> "CacheSettings":
        if set(self.invalidation_triggers) != set(TRIGGERS):
            missing = ", ".join(each for each in TRIGGERS if each not in self.invalidation_triggers)
            message = f"a cache that ignores {missing} would hand out what is wrong; name all four"
            raise ValueError(message)
        schemes = {"local": (), "redis": ("redis://", "rediss://"), "s3": ("s3://",)}[self.backend]
        if schemes and not self.url.lower().startswith(schemes):
            message = f"a {self.backend} cache has a `url` that begins with `{schemes[0]}`"
            raise ValueError(message)
        if self.url and not schemes:
            message = "a local cache has no `url`; say `backend: redis` or `backend: s3`"
            raise ValueError(message)
        return self


class ResourceLimits(Header):
    """What one extraction may use; more is a finding about the agent."""

    cpu_seconds_per_extraction: int = Field(
        default=60, ge=1, le=1_000_000_000, description="Processor time, in seconds."
    )
    memory_per_extraction: Size = Field(default="2GB", description="Memory beyond what the process has.")
    disk_per_extraction: Size = Field(default="500MB", description="Bytes of all files of an agent.")


class Parallelization(Header):
    """How many extractions go on at a time."""

    enabled: bool = Field(default=True, description="Whether more than one process may work.")
    strategy: Literal["dag_executor", "pool"] = Field(
        default="dag_executor",
        description="`dag_executor` begins with what most others wait for, `pool` in order of names.",
    )
    max_parallel: int | None = Field(
        default=None, ge=1, le=1024, description="How many processes; by default one a processor."
    )
    dependency_graph: Literal["explicit", "derived"] = Field(
        default="derived",
        description="`explicit` begins in the order of `agents:`, where that is a list.",
    )
    resource_limits: ResourceLimits = Field(
        default=ResourceLimits(), description="What one extraction may use."
    )


class ProgressTracking(Header):
    """Who is told how far a compile is."""

    enabled: bool = Field(default=True, description="Whether the webhook is told.")
    webhook_url: str = Field(default="", description="Where reports are posted to; none: nowhere.")
    update_frequency_seconds: float = Field(
        default=10, gt=0, le=3600, description="Seconds between two reports."
    )
    report_format: list[ReportField] = Field(
        default=[], description="The fields of a report; whatever is listed, all seven are sent."
    )


class ExtractionEngine(Header):
    """How the fleet is compiled."""

    cache: CacheSettings = Field(default=CacheSettings(), description="Where results are kept.")
    parallelization: Parallelization = Field(default=Parallelization(), description="How many work.")
    progress_tracking: ProgressTracking = Field(default=ProgressTracking(), description="Who is told.")


class Tracing(Header):
    """Where traces of compiles go."""

    enabled: bool = Field(
        default=True, description="Whether compiles are traced, where an endpoint is named."
    )
    endpoint: str = Field(
        default="", description="`otlp+http://…`, `otlp+https://…`, or `otlp+file:PATH`; none: nowhere."
    )
    sampling_rate: float = Field(default=1.0, ge=0, le=1, description="Share of compiles that are traced.")


class ExtractionObservability(Header):
    """Where figures of compiles go."""

    enabled: bool = Field(default=True, description="Whether anything below is done.")
    tracing: Tracing = Field(default=Tracing(), description="Traces.")
    metrics_file: str = Field(default="", description="Where Prometheus reads figures, as a text file.")


def bytes_of(size: str) -> int:
    """A size in bytes: `500MB`, `2 GiB`; no more than a number of 64 bits can say."""
    number = size.rstrip("KMGTiB ")
    return min(int(Decimal(number) * _UNITS[size[len(number) :].strip()]), _MOST)
