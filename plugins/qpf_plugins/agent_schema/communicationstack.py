"""Section `communicationstack`: the ports packets come in by and go out by."""

from typing import Annotated, Literal

from pydantic import Field

from qpf_plugins.agent_schema.delivery import Delivery
from qpf_plugins.agent_schema.fields import Name, SectionModel, Text

Flow = Annotated[list[Name], Field(min_length=1)]
Priority = Literal["critical", "high", "medium", "low"]


class InputPort(SectionModel):
    """Where packets of one kind come in, and what is done with them."""

    packet: Name = Field(
        description="The kind of packet, declared in `glue.yaml`.", examples=["match_request"]
    )
    description: Text = Field(description="What a sender gets by sending here.")
    priority: Priority = Field(
        default="medium",
        description=(
            "How soon a packet is taken up: `critical` at once, `high` within a second, `medium` within ten, "
            "`low` within a minute."
        ),
    )
    flow: Flow = Field(
        description="Methods a packet passes through, in order.",
        examples=[["validate_packet", "route_packet"]],
    )
    reply: Name | None = Field(
        default=None, description="The kind of packet that answers; absent: the sender does not wait."
    )


class OutputPort(SectionModel):
    """Where packets of one kind go out; `glue.yaml` says to whom."""

    packet: Name = Field(
        description="The kind of packet, declared in `glue.yaml`.", examples=["score_request"]
    )
    description: Text = Field(description="What is sent, and when.")
    reply: Name | None = Field(
        default=None, description="The kind of packet the agent waits for; absent: it does not wait."
    )


class CommunicationStack(SectionModel):
    """The ports packets come in by and go out by."""

    protocol: Literal["PacketEnvelope"] = Field(
        default="PacketEnvelope", description="The envelope every packet travels in."
    )
    input: dict[Name, InputPort] = Field(default_factory=dict, description="Input ports by name.")
    output: dict[Name, OutputPort] = Field(default_factory=dict, description="Output ports by name.")
    delivery: Delivery = Field(
        default=Delivery(),
        description="How packets get to the agent, and what becomes of those it cannot handle.",
    )
