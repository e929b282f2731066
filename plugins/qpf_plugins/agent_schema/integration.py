"""Section `integration`: what the agent needs, and the methods it is made of."""

from pydantic import Field

from qpf_plugins.agent_schema.fields import Implementation, Module, Name, SectionModel, Text


class Method(SectionModel):
    """One thing the agent can do with a packet; a step of a port's flow."""

    description: Text = Field(
        description="What the method does; becomes the docstring of the emitted method."
    )
    implementation: Implementation = Field(
        description=(
            "The code behind it, `package.module:callable`: a component of `qpf_runtime`, or a hand-written "
            "`async def callable(agent, turn)` under the fleet's `logic/`."
        ),
        examples=["qpf_runtime.components.routing:route_packet", "plastos.translate:to_match_request"],
    )


class Integration(SectionModel):
    """What the agent needs, and the methods it is made of."""

    connectto: list[Name] = Field(
        default=[],
        description="Agents it cannot work without: extracted first, and traffic to them is let through.",
        examples=[["tensoraios"]],
    )
    imports: list[Module] = Field(
        default=[],
        description="Modules its methods come from: wiring is explicit, so every one is listed.",
        examples=[["qpf_runtime.components.routing"]],
    )
    methods: dict[Name, Method] = Field(
        default_factory=dict,
        description=(
            "Methods by name. One base or sub-schema declares a method, a second declaration is a conflict; "
            "the agent and the environment may refine it."
        ),
    )
    services: list[Name] = Field(
        default=[],
        description="Services outside the fleet that it talks to; network rules and readiness follow them.",
        examples=[["postgresql", "redis", "nats"]],
    )
