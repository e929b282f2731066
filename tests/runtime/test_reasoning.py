"""A model's verdict: typed, within the budget, on the record, and none where none was given."""

import asyncio

import pytest
from pydantic_ai import models
from pydantic_ai.exceptions import ModelAPIError, ModelConnectionError, ModelHTTPError
from pydantic_ai.messages import TextPart, ToolCallPart
from pydantic_ai.models.function import FunctionModel
from pydantic_ai.models.test import TestModel as CannedModel

from qpf_runtime.config import ReasoningBudget, ReasoningConfig
from qpf_runtime.errors import CircuitOpen, ReplyTimeout, Unavailable
from qpf_runtime.reasoning import Case, Means
from qpf_runtime.reasoning.model import ModelReasoner
from tests.runtime.modelled import EVIDENCE, FINE, World, nobody_knows, verdict

pytestmark = pytest.mark.anyio


@pytest.fixture(autouse=True)
def _no_provider_is_called(monkeypatch):
    monkeypatch.setattr(models, "ALLOW_MODEL_REQUESTS", False)


async def test_a_verdict_is_what_the_model_says():
    world = World([verdict()])
    found = await world.judge()
    assert (found.proposal, found.value, found.confidence) == ("accept", 0.8, 0.75)
    assert found.reasons == ("the score is high",)


async def test_any_model_of_the_library_will_do():
    world = World([verdict()])
    reasoner = ModelReasoner(CannedModel(custom_output_args=FINE), ReasoningConfig(), world.means)
    assert (await reasoner.judge(EVIDENCE)).proposal == "accept"


WRONG = [
    verdict(confidence=1.5),
    verdict(value=-0.1),
    verdict(value="0.8"),
    verdict(proposal="perhaps"),
    verdict(reasons=[]),
    verdict(approved=True),
    ToolCallPart("final_result", {"proposal": "accept"}),
    ToolCallPart("final_result", '{"proposal": '),
    TextPart("I would accept."),
]


@pytest.mark.parametrize("wrong", WRONG, ids=lambda part: str(getattr(part, "args", "text"))[:40])
async def test_an_answer_that_does_not_fit_is_asked_for_again(wrong):
    world = World([wrong, verdict()])
    assert (await world.judge()).proposal == "accept"
    assert world.transcripts[0].calls == 2


@pytest.mark.parametrize("wrong", WRONG, ids=lambda part: str(getattr(part, "args", "text"))[:40])
async def test_answers_that_never_fit_are_no_verdict(wrong):
    world = World([wrong], ReasoningBudget(calls=3))
    found = await world.judge()
    assert nobody_knows(found)
    assert found.reasons[0].startswith("the model gave no verdict: ")
    assert world.transcripts[0].calls == 3
    assert (world.transcripts[0].outcome, bool(world.transcripts[0].problem)) == ("none", True)


async def test_a_decision_that_costs_too_many_tokens_is_no_verdict():
    world = World([TextPart("hm"), verdict()], ReasoningBudget(tokens=5_000), usage=4_000)
    found = await world.judge()
    assert nobody_knows(found)
    assert "5000" in found.reasons[0]


async def test_a_prompt_that_is_over_budget_is_not_sent():
    world = World([verdict()], ReasoningBudget(tokens=1_000))
    found = await world.judge(Case("ask", {"text": "x" * 100_000}))
    assert nobody_knows(found)
    assert "the prompt alone" in found.reasons[0]
    assert world.asked == []


async def test_a_model_that_thinks_too_long_is_no_verdict():
    async def never():
        await asyncio.Event().wait()

    world = World([never], ReasoningBudget(seconds=0.02))
    found = await world.judge()
    assert nobody_knows(found)
    assert "more than the time for it" in found.reasons[0]


async def test_once_nobody_waits_there_is_no_verdict_but_an_error():
    async def never():
        await asyncio.Event().wait()

    world = World([never])
    with pytest.raises(ReplyTimeout, match="nobody waits"):
        await world.judge(Case(ends=world.clock.monotonic() + 0.02))
    assert world.transcripts[0].outcome == "none"


def status(code, body=None):
    return ModelHTTPError(code, "clever", body)


PASSING = [
    status(429),
    status(408),
    status(500),
    status(503),
    status(529),
    ModelConnectionError("clever", "no route to host"),
]


@pytest.mark.parametrize("fault", PASSING, ids=str)
async def test_what_a_provider_gets_over_is_tried_again(fault):
    world = World([fault, verdict()], attempts=2)
    assert (await world.judge()).proposal == "accept"
    assert world.transcripts[0].calls == 2


@pytest.mark.parametrize("fault", PASSING, ids=str)
async def test_if_it_does_not_pass_the_turn_is_tried_later(fault):
    world = World([fault])
    with pytest.raises(Unavailable, match="function:clever does not answer"):
        await world.judge()
    assert [kept.outcome for kept in world.transcripts] == ["none"]


async def test_tries_of_the_failure_policy_are_calls_of_the_budget():
    world = World([status(503)], ReasoningBudget(calls=2), attempts=10)
    with pytest.raises(Unavailable):
        await world.judge()
    assert len(world.asked) == 2


@pytest.mark.parametrize(
    "fault", [status(400), status(401), status(403), status(404), ModelAPIError("clever", "no")], ids=str
)
async def test_what_a_provider_refuses_is_no_verdict_and_not_tried_again(fault):
    world = World([fault], attempts=3)
    assert nobody_knows(await world.judge())
    assert len(world.asked) == 1
    assert world.caller.state("function:clever") == "closed"


async def test_a_provider_that_keeps_failing_is_left_alone():
    world = World([status(503)], failures=2)
    for _ in range(2):
        with pytest.raises(Unavailable):
            await world.judge()
    with pytest.raises(CircuitOpen):
        await world.judge()
    assert len(world.asked) == 2


async def test_what_is_configured_reaches_the_model():
    world = World(
        [verdict()],
        changes={
            "temperature": 0.3,
            "max_tokens": 77,
            "temporalscope": "30 days",
            "instructions": "Prefer short ways.",
            "strategymodes": ("weighted_evidence", "conservative"),
            "weights": {"score": 0.25},
        },
    )
    await world.judge(factor=0.5)
    messages, info = world.asked[0]
    assert (info.model_settings["temperature"], info.model_settings["max_tokens"]) == (0.3, 77)
    for told in ("30 days", "Prefer short ways.", "weighted_evidence, conservative"):
        assert told in messages[0].instructions
    assert '"weight":0.25' in world.prompt
    assert '"world_factor":0.5' in world.prompt


async def test_a_recorder_that_fails_fails_the_decision():
    world = World([verdict()])

    async def breaks(_transcript):
        msg = "the database is gone"
        raise Unavailable(msg)

    means = Means(caller=world.caller, recorder=breaks)
    reasoner = ModelReasoner(FunctionModel(world.answer), ReasoningConfig(), means)
    with pytest.raises(Unavailable):
        await reasoner.judge(EVIDENCE)


async def test_a_decision_that_is_called_off_leaves_a_record():
    begun = asyncio.Event()

    async def never():
        begun.set()
        await asyncio.Event().wait()

    world = World([never])
    task = asyncio.create_task(world.judge())
    await asyncio.wait_for(begun.wait(), 30)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert [kept.problem for kept in world.transcripts] == ["it was called off"]
