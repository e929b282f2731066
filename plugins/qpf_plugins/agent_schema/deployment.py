"""Section `deployment`: how the agent runs and how it is reached."""

from typing import Annotated, Literal

from pydantic import Field

from qpf_plugins.agent_schema.fields import Name, SectionModel, Text, UrlPath
from qpf_plugins.agent_schema.resilience import Resilience

Cpu = Annotated[str, Field(pattern=r"^([1-9][0-9]*m|[1-9][0-9]*(\.[0-9]{1,3})?|0\.[0-9]{1,3})$")]
Memory = Annotated[str, Field(pattern=r"^[1-9][0-9]*(Ki|Mi|Gi|Ti)$")]
Image = Annotated[
    str, Field(pattern=r"^[a-z0-9][a-z0-9._:/-]*(:[A-Za-z0-9_][A-Za-z0-9._-]{0,127}|@sha256:[0-9a-f]{64})$")
]
Variable = Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]*$")]
ObjectName = Annotated[str, Field(pattern=r"^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$")]
SecretKey = Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,253}$")]


class Amounts(SectionModel):
    """Amounts of what a machine has."""

    cpu: Cpu = Field(
        description="Processor time: `250m` is a quarter of a core, `2` is two cores.",
        json_schema_extra={"unit": "cores"},
        examples=["250m", "2"],
    )
    memory: Memory = Field(
        description="Memory: `256Mi`, `2Gi`.", json_schema_extra={"unit": "bytes"}, examples=["256Mi"]
    )


class Resources(SectionModel):
    """What one replica is given."""

    requests: Amounts = Field(description="What it is sure to get; the scheduler plans with it.")
    limits: Amounts = Field(description="What it never gets more of.")


class Endpoint(SectionModel):
    """An address of the agent's own API."""

    path: UrlPath = Field(description="Its path.", examples=["/v1/match"])
    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"] = Field(
        default="POST", description="Its HTTP method."
    )
    description: Text = Field(description="What a caller gets.")


class Probe(SectionModel):
    """A question asked of the running agent; any answer but success counts as no."""

    endpoint: UrlPath = Field(description="Where the question is asked.", examples=["/health"])
    timeout_ms: int = Field(
        default=1000,
        ge=1,
        le=60_000,
        description="How long the answer may take.",
        json_schema_extra={"unit": "milliseconds"},
    )


class HealthMonitoring(SectionModel):
    """How the platform finds out that the agent is well."""

    interval_seconds: int = Field(
        default=10, ge=1, le=3600, description="How often it asks.", json_schema_extra={"unit": "seconds"}
    )
    liveness_probe: Probe = Field(
        default=Probe(endpoint="/health"), description="Does it still work? If not, it is restarted."
    )
    readiness_probe: Probe = Field(
        default=Probe(endpoint="/ready"), description="Can it take packets now? If not, it gets none."
    )
    startup_probe: Probe = Field(
        default=Probe(endpoint="/startup", timeout_ms=5000),
        description="Has it started? Until then the other probes wait.",
    )


class DeploymentUpdates(SectionModel):
    """How one version follows another: on a share of the traffic first, then on all of it."""

    strategy: Literal["rolling_update"] = Field(
        default="rolling_update", description="Replicas are replaced one after the other."
    )
    canary_percent: int | None = Field(
        default=None,
        ge=1,
        le=99,
        description="Share of the traffic that a new version is tried on first; absent: it is not tried.",
        json_schema_extra={"unit": "percent"},
        examples=[5],
    )
    canary_duration_minutes: int = Field(
        default=5,
        ge=1,
        le=10_080,
        description="How long it is tried.",
        json_schema_extra={"unit": "minutes"},
    )


class SecretReference(SectionModel):
    """Where a secret is kept; never the secret."""

    secret: ObjectName = Field(description="The secret's name.", examples=["main-agent-memory"])
    key: SecretKey = Field(description="The key inside it.", examples=["url"])


class Deployment(SectionModel):
    """How the agent runs and how it is reached."""

    replicas: int = Field(
        default=1,
        ge=0,
        le=1000,
        description="How many run at a time.",
        json_schema_extra={"unit": "replicas"},
    )
    image: Image = Field(
        description="The container image, with a tag or a digest.",
        examples=["registry.example/l9/main-agent:6.0.0"],
    )
    port: int = Field(
        default=8080, ge=1024, le=65535, description="The port it listens on; it runs without privileges."
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        default="INFO", description="The least important message it writes."
    )
    apimode: Literal["private", "public"] = Field(
        default="private", description="Whether its API is for the fleet only, or for anyone."
    )
    auth_required: bool = Field(
        default=True, description="Whether a caller must prove who it is; a private API demands it."
    )
    timeout_ms: int = Field(
        default=2000,
        ge=1,
        le=600_000,
        description="How long one packet may take before it is given up.",
        json_schema_extra={"unit": "milliseconds"},
    )
    decisionlatencymaxms: int = Field(
        default=500,
        ge=1,
        le=600_000,
        description="How long a decision may take; the promise that dashboards and alarms hold it to.",
        json_schema_extra={"unit": "milliseconds"},
    )
    resources: Resources = Field(description="What one replica is given.")
    endpoints: dict[Name, Endpoint] = Field(
        default_factory=dict, description="Addresses of its own API, by name."
    )
    health_monitoring: HealthMonitoring = Field(
        default=HealthMonitoring(), description="How the platform finds out that it is well."
    )
    secrets: dict[Variable, SecretReference] = Field(
        default_factory=dict,
        description="Environment variables that are filled from secrets: references, never values.",
        examples=[{"DATABASE_URL": {"secret": "main-agent-memory", "key": "url"}}],
    )
    graceful_shutdown_timeout: int = Field(
        default=30,
        ge=1,
        le=3600,
        description="How long it may finish its work when told to stop.",
        json_schema_extra={"unit": "seconds"},
    )
    deployment_updates: DeploymentUpdates = Field(
        default=DeploymentUpdates(),
        description="How one version follows another. It is checked; no emitter carries out a canary yet.",
    )
    resilience: Resilience = Field(default=Resilience(), description="What it does when those it calls fail.")
