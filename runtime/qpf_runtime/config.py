"""What an agent is configured with: strict frozen models, written as literals by the emitter.

The names are those of the agent schema. Nothing here reads a file or an environment variable.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from qpf_runtime.envelope import Priority

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=40)]
Fraction = Annotated[float, Field(ge=0.0, le=1.0)]
Mode = Literal["autonomous", "hybrid", "supervised"]
Action = Literal["log", "notify", "escalate", "block"]
Severity = Literal["low", "medium", "high", "critical"]
Period = Annotated[str, Field(pattern=r"^[1-9][0-9]* (hours|days|months|years)$")]


class ConfigModel(BaseModel):
    """Base of all: nothing unknown, nothing coerced, nothing changed later."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


class InputPort(ConfigModel):
    """Where packets of one kind come in; `senders` are the addresses that may send, besides `outside`."""

    packet: Name
    version: int = Field(default=1, ge=1)
    priority: Priority = "medium"
    reply: Name | None = None
    senders: tuple[str, ...] = ()


class OutputPort(ConfigModel):
    """Where packets of one kind go out."""

    packet: Name
    reply: Name | None = None


class Route(ConfigModel):
    """One receiver of an output port: an agent and its input port."""

    target: Name
    port: Name
    packet: Name
    priority: Priority = "medium"


class EscalationPolicy(ConfigModel):
    """Who is asked, and what happens when nobody answers."""

    channel: str
    contacts: tuple[str, ...] = ()
    timeout_minutes: int = Field(default=30, ge=1)
    on_timeout: Literal["approve", "escalate", "reject"] = "reject"


class EscalationTrigger(ConfigModel):
    """A condition under which the agent does not decide alone."""

    name: Name
    metric: Name
    below: float | None = None
    above: float | None = None
    action: Action
    severity: Severity = "medium"


class GovernanceConfig(ConfigModel):
    """How freely the agent decides, and who steps in.

    `governed` names the output ports nothing may leave by without an approved decision.
    """

    humanoverride: bool = True
    anchors: tuple[str, ...] = ()
    thresholds: dict[Name, Fraction] = Field(default_factory=dict)
    escalationpolicy: EscalationPolicy | None = None
    escalationtriggers: tuple[EscalationTrigger, ...] = ()
    governed: tuple[Name, ...] = ()
    audittrail: bool = True


class WorkingMemoryConfig(ConfigModel):
    """State of the work at hand."""

    storagetype: str = "in_process"
    ttl_hours: float = Field(default=1.0, gt=0)
    keyspace: str
    purpose: str = ""


class EpisodicMemoryConfig(ConfigModel):
    """What happened."""

    storagetype: str = "sqlite"
    retention: Period = "90 days"
    purpose: str = ""


class SemanticMemoryConfig(ConfigModel):
    """What things mean."""

    storagetype: str = "none"
    dimensions: int = Field(default=32, ge=2)
    purpose: str = ""


class CausalMemoryConfig(ConfigModel):
    """Why things happen."""

    storagetype: str = "none"
    purpose: str = ""


class ArchiveConfig(ConfigModel):
    """What is kept for the record."""

    storagetype: str = "none"
    retention: Period = "2 years"
    purpose: str = ""


class MemoryConfig(ConfigModel):
    """What the agent remembers, where, and for how long."""

    workingmemory: WorkingMemoryConfig
    episodicmemory: EpisodicMemoryConfig = EpisodicMemoryConfig()
    semanticmemory: SemanticMemoryConfig = SemanticMemoryConfig()
    causalmemory: CausalMemoryConfig = CausalMemoryConfig()
    archive: ArchiveConfig = ArchiveConfig()


class ReasoningBudget(ConfigModel):
    """What one decision may cost."""

    tokens: int = Field(default=20_000, ge=1)
    calls: int = Field(default=5, ge=1)
    seconds: float = Field(default=30.0, gt=0)


class ReasoningTool(ConfigModel):
    """Something a model may call, `async def callable(agent, **arguments)`: `package.module:callable`."""

    description: str
    implementation: str = Field(pattern=r"^[a-z_][\w.]*:[A-Za-z_]\w*$")


class ReasoningConfig(ConfigModel):
    """How the agent comes to a decision."""

    primary_model: str | None = None
    modelversion: str = "latest"
    strategymodes: tuple[str, ...] = ()
    temporalscope: Period = "24 hours"
    temperature: float = Field(default=0.0, ge=0.0, le=2.0)
    max_tokens: int = Field(default=1024, ge=1)
    instructions: str = ""
    weights: dict[Name, Annotated[float, Field(ge=0.0)]] = Field(default_factory=dict)
    tools: dict[Name, ReasoningTool] = Field(default_factory=dict)
    budget: ReasoningBudget = ReasoningBudget()


class WorldModelConfig(ConfigModel):
    """What the agent knows of the world beyond its packets."""

    enabled: bool = False
    factors: dict[Name, Annotated[float, Field(ge=0.0)]] = Field(default_factory=dict)
    refresh_minutes: int = Field(default=60, ge=1)
    fallback: Literal["default_context", "fail"] = "default_context"


class LearningConfig(ConfigModel):
    """Whether and how the agent improves with experience."""

    enabled: bool = False
    feedback: tuple[str, ...] = ()
    drift_detection_threshold: float = Field(default=0.03, gt=0.0, le=1.0)
    update_interval_hours: float = Field(default=24.0, gt=0.0)


class CollaborationConfig(ConfigModel):
    """The agent's place among the others."""

    pattern: Literal["hierarchical", "mesh", "flat"] = "flat"
    role: Literal["leader", "member", "leaf", "meta"] = "member"
    peers: tuple[Name, ...] = ()


class Endpoint(ConfigModel):
    """An address of the agent's own API; its name in `AgentConfig.endpoints` is an input port's."""

    path: str = Field(pattern=r"^/")
    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"] = "POST"
    description: str = ""


class Probes(ConfigModel):
    """Paths of the three health questions."""

    liveness: str = "/health"
    readiness: str = "/ready"
    startup: str = "/startup"


class DeliveryConfig(ConfigModel):
    """How packets get to the agent, and what becomes of those it cannot handle.

    Attributes:
        concurrency: How many packets it handles at a time.
        queue_limit: Most packets of one sender and one priority that wait for one port; senders wait beyond.
        max_in_flight: Most packets of one priority that are handed out and not yet acknowledged.
        ack_wait_seconds: How long a packet may go without a sign of life before it is handed out again.
        max_deliver: How often it is handed out before it is given up.
        backoff_seconds: Waits before it is handed out again; the last one repeats.
        dead_letter_retention: How long packets that were given up are kept.
    """

    concurrency: int = Field(default=8, ge=1)
    queue_limit: int = Field(default=10_000, ge=1)
    max_in_flight: int = Field(default=64, ge=1)
    ack_wait_seconds: float = Field(default=30.0, gt=0)
    max_deliver: int = Field(default=5, ge=1)
    backoff_seconds: tuple[Annotated[float, Field(gt=0)], ...] = (1.0, 5.0, 15.0, 60.0)
    dead_letter_retention: Period = "30 days"


class RetryConfig(ConfigModel):
    """How calls that failed for a passing reason are repeated: full jitter, capped, budgeted."""

    attempts: int = Field(default=3, ge=1)
    base_ms: int = Field(default=50, ge=1)
    cap_ms: int = Field(default=2000, ge=1)
    budget: Fraction = 0.1


class BreakerConfig(ConfigModel):
    """When calls that keep failing are no longer made, and for how long."""

    failures: int = Field(default=5, ge=1)
    cool_off_seconds: float = Field(default=30.0, gt=0)


class BulkheadConfig(ConfigModel):
    """How many calls to one receiver are under way, and how many more may wait."""

    concurrent: int = Field(default=16, ge=1)
    waiting: int = Field(default=64, ge=0)


class ResilienceConfig(ConfigModel):
    """What the agent does when those it calls fail."""

    retry: RetryConfig = RetryConfig()
    breaker: BreakerConfig = BreakerConfig()
    bulkhead: BulkheadConfig = BulkheadConfig()


class AgentConfig(ConfigModel):
    """All that an agent is told before its first packet."""

    name: Name
    environment: str
    role: str
    fleet: str = "fleet"
    schema_version: str = "6.0.0"
    mode: Mode = "autonomous"
    governance: GovernanceConfig
    memory: MemoryConfig
    reasoning: ReasoningConfig = ReasoningConfig()
    worldmodel: WorldModelConfig = WorldModelConfig()
    learning: LearningConfig = LearningConfig()
    collaboration: CollaborationConfig = CollaborationConfig()
    inputs: dict[Name, InputPort] = Field(default_factory=dict)
    outputs: dict[Name, OutputPort] = Field(default_factory=dict)
    routes: dict[Name, tuple[Route, ...]] = Field(default_factory=dict)
    delivery: DeliveryConfig = DeliveryConfig()
    resilience: ResilienceConfig = ResilienceConfig()
    port: int = Field(default=8080, ge=0, le=65535)
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    timeout_ms: int = Field(default=2000, ge=1)
    decisionlatencymaxms: int = Field(default=500, ge=1)
    graceful_shutdown_timeout: int = Field(default=30, ge=1)
    auth_required: bool = True
    endpoints: dict[Name, Endpoint] = Field(default_factory=dict)
    probes: Probes = Probes()
