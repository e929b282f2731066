"""Tools: those of the schema, found at the start, and nothing else."""

from typing import Annotated

import pytest
from pydantic import Field
from pydantic_ai import models
from pydantic_ai.messages import ToolCallPart

from qpf_runtime.config import ReasoningConfig, ReasoningTool
from qpf_runtime.errors import ConfigurationError, Unavailable
from qpf_runtime.reasoning.model import ModelReasoner
from qpf_runtime.reasoning.tools import LONGEST, Tool, resolve
from tests.runtime.modelled import World, nobody_knows, verdict

pytestmark = pytest.mark.anyio

HERE = "tests.runtime.test_reasoning_tools"

CALLS: list[tuple[object, str, int]] = []


@pytest.fixture(autouse=True)
def _fresh(monkeypatch):
    monkeypatch.setattr(models, "ALLOW_MODEL_REQUESTS", False)
    CALLS.clear()


async def price(agent, material: str, tons: Annotated[int, Field(ge=1)] = 1) -> float:
    """What a person reads, and no model."""
    CALLS.append((agent, material, tons))
    return 3.5 * tons


async def endless(_agent) -> str:
    return "x" * (LONGEST + 5)


async def fails(_agent) -> str:
    msg = "the table is locked"
    raise Unavailable(msg)


async def broken(_agent) -> str:
    msg = "a bug"
    raise ZeroDivisionError(msg)


async def vague(_agent, thing: "Nowhere") -> str:  # type: ignore[name-defined] # noqa: F821 -- the case in point
    return str(thing)


async def alone() -> str:
    return ""


def plain(_agent) -> str:
    return ""


def tools(*names, agent="the agent"):
    schema = {
        name: ReasoningTool(description=f"Tells the {name}.", implementation=f"{HERE}:{name}")
        for name in names
    }
    return resolve(schema, agent)


async def test_a_tool_gets_the_agent_and_what_the_model_chose():
    call = ToolCallPart("price", {"material": "PET", "tons": 2})
    world = World([call, verdict()], tools=tools("price"))
    assert (await world.judge()).proposal == "accept"
    assert CALLS == [("the agent", "PET", 2)]
    returned = world.asked[1][0][-1].parts[0]
    assert (returned.tool_name, returned.content) == ("price", 7.0)


async def test_the_model_is_told_what_the_schema_says_and_never_of_the_agent():
    world = World([verdict()], tools=tools("price"))
    await world.judge()
    (told,) = world.asked[0][1].function_tools
    assert (told.name, told.description) == ("price", "Tells the price.")
    assert set(told.parameters_json_schema["properties"]) == {"material", "tons"}
    assert told.parameters_json_schema["required"] == ["material"]


@pytest.mark.parametrize("arguments", [{}, {"material": 3}, {"material": "PET", "tons": 0}, '{"mat'])
async def test_arguments_that_do_not_fit_do_not_reach_the_tool(arguments):
    world = World([ToolCallPart("price", arguments), verdict()], tools=tools("price"))
    assert (await world.judge()).proposal == "accept"
    assert CALLS == []


async def test_a_tool_that_is_not_the_schemas_is_refused_and_counted():
    world = World([ToolCallPart("shell", {"command": "ls"}), verdict()], tools=tools("price"))
    assert (await world.judge()).proposal == "accept"
    (kept,) = world.transcripts
    assert kept.refused == ("shell",)
    assert "Unknown tool name" in str(world.asked[1][0][-1].parts[0].content)


async def test_a_model_that_only_asks_for_other_tools_gives_no_verdict():
    world = World([ToolCallPart("shell", {})], tools=tools("price"))
    assert nobody_knows(await world.judge())
    assert set(world.transcripts[0].refused) == {"shell"}


async def test_an_endless_answer_of_a_tool_is_cut_off():
    world = World([ToolCallPart("endless", {}), verdict()], tools=tools("endless"))
    await world.judge()
    content = str(world.asked[1][0][-1].parts[0].content)
    assert content.endswith("characters more")
    assert len(content) < LONGEST + 100


@pytest.mark.parametrize(("name", "error"), [("fails", Unavailable), ("broken", ZeroDivisionError)])
async def test_what_a_tool_raises_is_what_the_step_raises(name, error):
    world = World([ToolCallPart(name, {}), verdict()], tools=tools(name))
    with pytest.raises(error):
        await world.judge()
    assert world.transcripts[0].outcome == "none"


async def test_tools_cannot_be_called_without_end():
    world = World([ToolCallPart("price", {"material": "PET"})], tools=tools("price"))
    assert nobody_knows(await world.judge())
    assert world.transcripts[0].calls == 5


@pytest.mark.parametrize(
    ("implementation", "problem"),
    [
        ("nowhere.at_all:price", "nowhere.at_all cannot be imported: ModuleNotFoundError"),
        (f"{HERE}:lost", f"{HERE} has no lost"),
        (f"{HERE}:plain", r"must be an `async def plain\(agent, …\)`"),
        (f"{HERE}:alone", r"must be an `async def alone\(agent, …\)`"),
        (f"{HERE}:CALLS", "must be an `async def"),
    ],
)
def test_a_tool_that_cannot_be_called_is_found_at_the_start(implementation, problem):
    schema = {"price": ReasoningTool(description="Tells a price.", implementation=implementation)}
    with pytest.raises(ConfigurationError, match=problem) as caught:
        resolve(schema, None)
    assert f'reasoningengine.tools.price.implementation is "{implementation}"' in str(caught.value)


def test_a_tool_whose_arguments_nobody_can_describe_is_found_at_the_start():
    world = World([verdict()])
    with pytest.raises(ConfigurationError, match=r"tools\.vague: no model can be told what to pass"):
        ModelReasoner(world.reasoner._model, ReasoningConfig(), world.means, tools("vague"))


def test_nothing_is_written_next_to_a_tools_sources(tmp_path, monkeypatch):
    (tmp_path / "lonely_tools.py").write_text("async def price(agent): ...\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    schema = {"price": ReasoningTool(description="Tells a price.", implementation="lonely_tools:price")}
    (found,) = resolve(schema, None)
    assert isinstance(found, Tool)
    assert [path.name for path in tmp_path.iterdir()] == ["lonely_tools.py"]
