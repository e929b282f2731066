"""A small matching fleet, wired by hand as the emitter would: the runtime's tests depend on no compiler."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import wraps
from itertools import count
from typing import Any, ClassVar

from pydantic import Field

from qpf_runtime.agent import Agent
from qpf_runtime.components import (
    auditing,
    building,
    coordination,
    enrichment,
    governance,
    memory,
    reasoning,
    routing,
    scoring,
    training,
)
from qpf_runtime.config import (
    AgentConfig,
    EscalationPolicy,
    GovernanceConfig,
    InputPort,
    LearningConfig,
    MemoryConfig,
    OutputPort,
    ReasoningConfig,
    Route,
    WorkingMemoryConfig,
)
from qpf_runtime.packet import Packet
from qpf_runtime.runtime import Runtime
from qpf_runtime.turn import Step, Turn


class FakeClock:
    """Time that passes only when a test says so."""

    def __init__(self) -> None:
        self._now = datetime(2026, 1, 1, tzinfo=UTC)
        self._elapsed = 0.0

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return self._elapsed

    def pass_time(self, by: timedelta) -> None:
        self._now += by
        self._elapsed += by.total_seconds()

    def jump(self, by: timedelta) -> None:
        """Set the time of day, as people and servers of time do."""
        self._now += by


def counted() -> Callable[[], str]:
    numbers = count(1)
    return lambda: f"packet-{next(numbers)}"


class Ask(Packet):
    kind: ClassVar[str] = "ask"
    number: int


class Answer(Packet):
    kind: ClassVar[str] = "answer"
    number: int


class MatchRequest(Packet):
    kind: ClassVar[str] = "match_request"
    request_id: str
    buyer_id: str
    supplier_id: str
    needs: dict[str, float]
    capabilities: dict[str, float]
    importance: dict[str, float] = Field(default_factory=dict)
    minimum: dict[str, float] = Field(default_factory=dict)
    attributes: dict[str, str] = Field(default_factory=dict)


class ScoreRequest(Packet):
    kind: ClassVar[str] = "score_request"
    request_id: str
    needs: dict[str, float]
    capabilities: dict[str, float]
    importance: dict[str, float] = Field(default_factory=dict)
    minimum: dict[str, float] = Field(default_factory=dict)


class ScoreResult(Packet):
    kind: ClassVar[str] = "score_result"
    request_id: str
    score: float = Field(ge=0, le=1)
    confidence: float = Field(ge=0, le=1)
    coverage: float = Field(ge=0, le=1)
    missing: tuple[str, ...]
    violated: tuple[str, ...]
    penalties: dict[str, float]
    model_version: str


class MatchResult(Packet):
    kind: ClassVar[str] = "match_result"
    request_id: str
    decision: str
    confidence: float = Field(ge=0, le=1)
    score: float = 0.0
    reasons: tuple[str, ...]


class Escalation(Packet):
    kind: ClassVar[str] = "escalation"
    request_id: str
    agent: str
    decision: str
    severity: str
    confidence: float
    triggers: tuple[str, ...]
    reasons: tuple[str, ...]
    channel: str


class MatchOutcome(Packet):
    kind: ClassVar[str] = "match_outcome"
    request_id: str
    decision: str
    score: float
    confidence: float
    succeeded: str = "unknown"


class ModelUpdate(Packet):
    kind: ClassVar[str] = "model_update"
    model_version: str
    offset: float = Field(ge=-1, le=1)
    samples: int
    scores: tuple[float, ...]
    outcomes: tuple[float, ...]


def config(name: str, **changes: Any) -> AgentConfig:
    """Configure an agent; `changes` replaces top-level fields."""
    settings: dict[str, Any] = {
        "name": name,
        "environment": "dev",
        "role": "a test agent",
        "governance": GovernanceConfig(),
        "memory": MemoryConfig(workingmemory=WorkingMemoryConfig(keyspace=f"test:{name}:*")),
    }
    return AgentConfig(**(settings | changes))


Function = Callable[[Agent, Turn], Awaitable[None]]


def method(agent: Agent, function: Function) -> Step:
    """Bind a component function to an agent under its own name, as an emitted method does."""

    @wraps(function)
    async def step(turn: Turn) -> None:
        await function(agent, turn)

    return step


def bound(agent: Agent, *functions: Function) -> Sequence[Step]:
    return [method(agent, function) for function in functions]


def answering(runtime: Runtime, *steps: Function, **changes: Any) -> Agent:
    """Make an agent that takes `ask` and owes `answer`."""
    agent = Agent(config("solo", inputs={"ask": InputPort(packet="ask", reply="answer")}, **changes), runtime)
    agent.on("ask", Ask, bound(agent, *steps), Answer)
    return agent


async def answer_double(_agent: Agent, turn: Turn) -> None:
    assert isinstance(turn.packet, Ask)
    turn.reply = Answer(number=2 * turn.packet.number)


def main_agent(runtime: Runtime, **changes: Any) -> Agent:
    settings: dict[str, Any] = {
        "governance": GovernanceConfig(
            thresholds={"confidence": 0.7}, escalationpolicy=EscalationPolicy(channel="governance")
        ),
        "reasoning": ReasoningConfig(
            primary_model="offline:deterministic", weights={"score": 0.8, "context": 0.2}
        ),
        "inputs": {"match_request": InputPort(packet="match_request", priority="high", reply="match_result")},
        "outputs": {
            "score_request": OutputPort(packet="score_request", reply="score_result"),
            "escalation": OutputPort(packet="escalation"),
            "outcome": OutputPort(packet="match_outcome"),
        },
        "routes": {
            "score_request": (
                Route(target="tensoraios", port="score_request", packet="score_request", priority="high"),
            ),
            "escalation": (
                Route(
                    target="governance_auditor", port="escalation", packet="escalation", priority="critical"
                ),
            ),
            "outcome": (
                Route(target="tensor_trainer", port="match_outcome", packet="match_outcome", priority="low"),
            ),
        },
    }
    agent = Agent(config("main_agent", **(settings | changes)), runtime)
    agent.sends("score_request", ScoreRequest, ScoreResult)
    agent.sends("escalation", Escalation)
    agent.sends("outcome", MatchOutcome)
    steps = bound(
        agent,
        routing.validate_packet,
        routing.route_packet,
        enrichment.enrich_context,
        coordination.request_scores,
        reasoning.reason,
        governance.apply_governance,
        memory.remember,
        building.build_reply,
    )
    agent.on("match_request", MatchRequest, steps, MatchResult)
    return agent


def tensoraios(runtime: Runtime) -> Agent:
    settings = config(
        "tensoraios",
        inputs={
            "score_request": InputPort(packet="score_request", reply="score_result"),
            "model_update": InputPort(packet="model_update"),
        },
    )
    agent = Agent(settings, runtime)
    agent.on("score_request", ScoreRequest, bound(agent, scoring.score_match), ScoreResult)
    agent.on("model_update", ModelUpdate, bound(agent, scoring.score_holdout))
    return agent


def tensor_trainer(runtime: Runtime) -> Agent:
    settings = config(
        "tensor_trainer",
        learning=LearningConfig(enabled=True, drift_detection_threshold=0.05),
        inputs={"match_outcome": InputPort(packet="match_outcome", priority="low")},
        outputs={"model_update": OutputPort(packet="model_update")},
        routes={
            "model_update": (
                Route(target="tensoraios", port="model_update", packet="model_update", priority="low"),
            )
        },
    )
    agent = Agent(settings, runtime)
    agent.sends("model_update", ModelUpdate)
    agent.on(
        "match_outcome",
        MatchOutcome,
        bound(agent, training.collect_outcome, training.propose_calibration, training.send_calibration),
    )
    return agent


def governance_auditor(runtime: Runtime) -> Agent:
    settings = config(
        "governance_auditor",
        governance=GovernanceConfig(thresholds={"confidence": 0.7}),
        inputs={
            "escalation": InputPort(packet="escalation", priority="critical"),
            "decision": InputPort(packet="match_outcome"),
        },
    )
    agent = Agent(settings, runtime)
    agent.on("escalation", Escalation, bound(agent, auditing.review_escalation))
    agent.on("decision", MatchOutcome, bound(agent, auditing.review_decision))
    return agent


async def fleet(runtime: Runtime, **changes: Any) -> dict[str, Agent]:
    """Start the four agents on one bus."""
    agents = [
        main_agent(runtime, **changes),
        tensoraios(runtime),
        tensor_trainer(runtime),
        governance_auditor(runtime),
    ]
    for agent in agents:
        await agent.start()
    return {agent.name: agent for agent in agents}
