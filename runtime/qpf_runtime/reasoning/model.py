"""The engine that asks a model, through pydantic-ai. Imported only by agents whose schema names a model.

Where there is no verdict:

- The provider is overloaded, unreachable, limits the rate, or answers with a server error, and still does
  after the retries of the failure policy; or its breaker is open: `Transient`. The turn is tried again later.
- Nobody waits for the verdict any more: `ReplyTimeout`, a `Transient` too.
- Everything else fails closed: the budget is used up, the answers do not fit the schema however often the
  model is told, it asks for tools it may not call, the provider refuses the request, the key or the model's
  name, or its quota is used up. The verdict is then to decline with a confidence of 0, which the gate holds
  for a person or rejects, as the schema says.
- A tool that fails raises what it raises: that is a bug, or a `Transient`.
"""

import asyncio
import logging
from collections.abc import Iterable, Iterator, Sequence
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field
from pydantic_ai import Agent as ModelAgent
from pydantic_ai import Tool as ModelTool
from pydantic_ai import capture_run_messages
from pydantic_ai.exceptions import AgentRunError, UserError
from pydantic_ai.messages import ModelMessage, ModelRequest
from pydantic_ai.models import Model
from pydantic_ai.settings import ModelSettings
from pydantic_ai.usage import RunUsage, UsageLimits
from pydantic_core import to_json

from qpf_runtime.config import ReasoningConfig
from qpf_runtime.errors import BudgetExceeded, ConfigurationError, ReplyTimeout
from qpf_runtime.governance import Proposal
from qpf_runtime.reasoning.guard import Guard
from qpf_runtime.reasoning.means import Means
from qpf_runtime.reasoning.prompt import instructions, question
from qpf_runtime.reasoning.tools import Tool
from qpf_runtime.reasoning.transcript import Redaction, Transcript
from qpf_runtime.reasoning.verdict import Case, Evidence, Verdict

BYTES_A_TOKEN = 4
"""How long a token of a prompt is about; a prompt that is over budget already is not sent."""

TOOLS_A_CALL = 8
"""How many tools a model may use for each call of it, on average."""

GRACE = 0.25
"""Seconds by which the decision as a whole may outlast a call of the model: that ends first."""

log = logging.getLogger("qpf_runtime.reasoning")


class Answer(BaseModel):
    """Your verdict."""

    model_config = ConfigDict(strict=True, extra="forbid", allow_inf_nan=False)

    proposal: Proposal
    value: Annotated[float, Field(ge=0.0, le=1.0)]
    confidence: Annotated[float, Field(ge=0.0, le=1.0)]
    reasons: Annotated[
        list[Annotated[str, Field(min_length=1, max_length=500)]], Field(min_length=1, max_length=10)
    ]


class ModelReasoner:
    """Asks a model for the verdict, within the schema's budget, and keeps a record of what was said."""

    def __init__(
        self,
        model: Model,
        config: ReasoningConfig,
        means: Means,
        tools: Sequence[Tool] = (),
        secrets: Iterable[str] = (),
    ) -> None:
        """Make an engine.

        Args:
            model: Who is asked.
            config: What the schema says.
            means: What the agent lends.
            tools: What the model may call.
            secrets: What no record may hold.

        Raises:
            ConfigurationError: If a model cannot be told what arguments a tool takes.
        """
        self._model, self._config, self._means = model, config, means
        self._redaction = Redaction(secrets)
        again = config.budget.calls - 1
        self._agent: ModelAgent[object, Answer] = ModelAgent(
            output_type=Answer,
            instructions=instructions(config),
            model_settings=ModelSettings(temperature=config.temperature, max_tokens=config.max_tokens),
            retries={"tools": again, "output": again},
            tools=[_told(tool) for tool in tools],
            name="qpf",
        )

    async def judge(
        self, evidence: Sequence[Evidence], factor: float = 1.0, case: Case | None = None
    ) -> Verdict:
        """Ask the model for a verdict; a verdict it does not give is to decline with a confidence of 0.

        Raises:
            Transient: If there may be one later.
        """
        begins = self._means.caller.clock.monotonic()
        about = case or Case()
        last = begins + self._config.budget.seconds
        ends = last if about.ends is None else min(last, about.ends)
        guard = Guard(
            self._model, self._means.caller, self._config.budget.calls, ends, self._redaction.message
        )
        usage = RunUsage()
        verdict: Verdict | None = None
        problem = "it was called off"
        with capture_run_messages() as messages:
            try:
                prompt = question(self._config, evidence, factor, about)
                answer = await self._ask(guard, usage, prompt, ends - begins)
                verdict = Verdict(answer.proposal, answer.value, answer.confidence, tuple(answer.reasons))
                problem = ""
            except (BudgetExceeded, AgentRunError, UserError) as error:
                problem = self._redaction.message(str(error))
                if guard.late and ends < last:
                    msg = f"nobody waits for the verdict of {guard.model_id} any more"
                    raise ReplyTimeout(msg) from None
                log.warning("%s gave no verdict: %s", guard.model_id, problem)
            except Exception as error:
                problem = self._redaction.message(str(error) or type(error).__name__)
                raise
            finally:
                seconds = self._means.caller.clock.monotonic() - begins
                await self._record(guard, usage, messages, verdict, problem, seconds)
        return verdict or Verdict("decline", 0.0, 0.0, (f"the model gave no verdict: {problem}",))

    async def _ask(self, guard: Guard, usage: RunUsage, prompt: str, within: float) -> Answer:
        budget = self._config.budget
        least = (len(prompt.encode()) + len(instructions(self._config).encode())) // BYTES_A_TOKEN
        if least > budget.tokens:
            msg = f"the prompt alone is about {least} tokens, and the decision may cost {budget.tokens}"
            raise BudgetExceeded(msg)
        limits = UsageLimits(
            request_limit=budget.calls,
            total_tokens_limit=budget.tokens,
            tool_calls_limit=budget.calls * TOOLS_A_CALL,
        )
        limit = asyncio.timeout(max(0.0, within) + GRACE)
        try:
            async with limit:
                result = await self._agent.run(prompt, model=guard, usage=usage, usage_limits=limits)
        except TimeoutError:
            if not limit.expired():
                raise
            guard.late = True
            msg = "the decision needs more than the time for it"
            raise BudgetExceeded(msg) from None
        return result.output

    async def _record(
        self,
        guard: Guard,
        usage: RunUsage,
        messages: Sequence[ModelMessage],
        verdict: Verdict | None,
        problem: str,
        seconds: float,
    ) -> None:
        refused = tuple(self._redaction.message(name, 60) for name in guard.refused[:20])
        if refused:
            log.warning("%s asked for tools it may not call: %s", guard.model_id, ", ".join(refused))
        await self._means.recorder(
            Transcript(
                model=guard.model_id,
                outcome=verdict.proposal if verdict else "none",
                problem=problem,
                messages=self._redaction.parts(_said(messages)),
                calls=guard.calls,
                input_tokens=usage.input_tokens,
                output_tokens=usage.output_tokens,
                refused=refused,
                seconds=round(seconds, 6),
            )
        )


def _told(tool: Tool) -> ModelTool[object]:
    try:
        return ModelTool(tool.call, takes_ctx=False, name=tool.name, description=tool.description)
    except (NameError, TypeError, UserError, ValueError) as error:
        msg = (
            f"reasoningengine.tools.{tool.name}: no model can be told what to pass: {error}; "
            "annotate each argument with a type that JSON can hold"
        )
        raise ConfigurationError(msg) from None


def _said(messages: Sequence[ModelMessage]) -> Iterator[dict[str, str]]:
    """Tell a conversation part by part: who said it, what kind of part it is, its text, and which tool."""
    instructed = ""
    for message in messages:
        role = "user" if isinstance(message, ModelRequest) else "model"
        if isinstance(message, ModelRequest) and message.instructions and message.instructions != instructed:
            instructed = message.instructions
            yield {"role": role, "kind": "instructions", "text": instructed}
        for part in message.parts:
            told = {"role": role, "kind": part.part_kind, "text": _text(part)}
            if tool := getattr(part, "tool_name", None):
                told["tool"] = str(tool)
            yield told


def _text(part: Any) -> str:
    """Tell what a part holds: its content, or the arguments of a call."""
    held = getattr(part, "content", None)
    if held is None:
        held = getattr(part, "args", None)
    if held is None or isinstance(held, str):
        return held or ""
    return to_json(held, fallback=str).decode("utf-8", "replace")
