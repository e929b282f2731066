"""Section `reasoningengine`: how the agent comes to a decision."""

from typing import Annotated

from pydantic import Field

from qpf_plugins.agent_schema.fields import Implementation, Name, SectionModel, Text

ModelName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]*:[A-Za-z0-9][A-Za-z0-9._/-]*$")]
Scope = Annotated[str, Field(pattern=r"^[1-9][0-9]* (hours|days|months|years)$")]


class Tool(SectionModel):
    """Something the model may call while it reasons."""

    description: Text = Field(description="What it does, as the model is told.")
    implementation: Implementation = Field(
        description=(
            "The code behind it, `package.module:callable`: an `async def callable(agent, **arguments)` "
            "whose annotations tell the model what to pass."
        ),
        examples=["plastos.prices:market_price"],
    )


class Budget(SectionModel):
    """What one decision may cost; what would cost more fails."""

    tokens: int = Field(
        default=20_000,
        ge=1,
        le=100_000_000,
        description="Tokens of all prompts and answers together.",
        json_schema_extra={"unit": "tokens"},
    )
    calls: int = Field(
        default=5,
        ge=1,
        le=1000,
        description="Calls of the model, those after a tool's answer included.",
        json_schema_extra={"unit": "calls"},
    )
    seconds: float = Field(
        default=30.0,
        gt=0.0,
        le=3600.0,
        description="Time for all of it.",
        json_schema_extra={"unit": "seconds"},
    )


class ReasoningEngine(SectionModel):
    """How the agent comes to a decision."""

    primary_model: ModelName | None = Field(
        default=None,
        description=(
            "The model that reasons, `provider:model`; `offline:deterministic` needs no network. "
            "Absent: the agent does not reason, it only computes."
        ),
        examples=["offline:deterministic", "anthropic:claude-sonnet"],
    )
    modelversion: Annotated[str, Field(min_length=1, max_length=100)] = Field(
        default="latest", description="The model's version; pin it where decisions must be repeatable."
    )
    strategymodes: list[Name] = Field(
        default=[],
        description="Ways of reasoning the agent may use; layers unite theirs.",
        examples=[["weighted_evidence", "conservative"]],
    )
    temporalscope: Scope = Field(
        default="24 hours",
        description="How far back a decision looks: a number and `hours`, `days`, `months` or `years`.",
        examples=["30 days"],
    )
    temperature: float = Field(
        default=0.0,
        ge=0.0,
        le=2.0,
        description="How freely the model phrases and chooses; 0 is the most repeatable.",
    )
    max_tokens: int = Field(
        default=1024,
        ge=1,
        le=1_000_000,
        description="Longest answer of the model.",
        json_schema_extra={"unit": "tokens"},
    )
    instructions: Annotated[str, Field(max_length=20_000)] = Field(
        default="", description="What the model is told about its task."
    )
    weights: dict[Name, Annotated[float, Field(ge=0.0)]] = Field(
        default_factory=dict,
        description="How much each kind of evidence counts, by its name; relative to their sum.",
        examples=[{"score": 0.8, "context": 0.2}],
    )
    tools: dict[Name, Tool] = Field(
        default_factory=dict,
        description=(
            "What the model may call, by name, and nothing else. One base or sub-schema declares a tool, "
            "a second declaration is a conflict; the agent and the environment may refine it."
        ),
    )
    budget: Budget = Field(default=Budget(), description="What one decision may cost.")
