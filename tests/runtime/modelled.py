"""A reasoner whose model answers as a test says."""

from dataclasses import dataclass, field
from typing import Any

from pydantic_ai.messages import ModelMessage, ModelResponse, ToolCallPart
from pydantic_ai.models.function import AgentInfo, FunctionModel
from pydantic_ai.usage import RequestUsage

from qpf_runtime.config import BreakerConfig, ReasoningBudget, ReasoningConfig, ResilienceConfig, RetryConfig
from qpf_runtime.reasoning import Evidence, Means, Transcript
from qpf_runtime.reasoning.model import ModelReasoner
from qpf_runtime.reasoning.tools import Tool
from qpf_runtime.resilience import Caller
from tests.runtime.world import FakeClock

EVIDENCE = (Evidence("score", 0.9, note="the score is 0.90"),)

FINE = {"proposal": "accept", "value": 0.8, "confidence": 0.75, "reasons": ["the score is high"]}


def verdict(**changes):
    return ToolCallPart("final_result", FINE | changes)


@dataclass
class World:
    """A reasoner whose model answers as a test says, and what was said to it."""

    answers: list[Any]
    budget: ReasoningBudget = field(default_factory=ReasoningBudget)
    tools: tuple[Tool, ...] = ()
    attempts: int = 1
    failures: int = 100
    secrets: tuple[str, ...] = ()
    changes: dict[str, Any] = field(default_factory=dict)
    usage: int = 0

    def __post_init__(self):
        self.clock = FakeClock()
        self.transcripts: list[Transcript] = []
        self.asked: list[tuple[list[ModelMessage], AgentInfo]] = []
        settings = ResilienceConfig(
            retry=RetryConfig(attempts=self.attempts, base_ms=1, cap_ms=1, budget=1.0),
            breaker=BreakerConfig(failures=self.failures),
        )
        self.caller = Caller(settings, self.clock)
        self.means = Means(agent="the agent", caller=self.caller, recorder=self.keep)
        self.reasoner = ModelReasoner(
            FunctionModel(self.answer, model_name="clever"),
            ReasoningConfig(primary_model="acme:clever", budget=self.budget, **self.changes),
            self.means,
            self.tools,
            self.secrets,
        )

    async def keep(self, transcript):
        self.transcripts.append(transcript)

    async def answer(self, messages, info):
        self.asked.append((list(messages), info))
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        if callable(answer):
            answer = await answer()
        return ModelResponse(parts=[answer], usage=RequestUsage(input_tokens=self.usage, output_tokens=1))

    async def judge(self, case=None, factor=1.0):
        return await self.reasoner.judge(EVIDENCE, factor, case)

    @property
    def prompt(self):
        return self.asked[0][0][0].parts[0].content


def nobody_knows(found):
    """Whether a verdict is the one of somebody who has none."""
    return (found.proposal, found.value, found.confidence) == ("decline", 0.0, 0.0)
