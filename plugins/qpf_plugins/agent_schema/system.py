"""Section `system`: what the agent is and who answers for it."""

from typing import Annotated, Literal

from pydantic import Field

from qpf_plugins.agent_schema.fields import Label, SectionModel, Text

Version = Annotated[str, Field(pattern=r"^(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)$")]


class System(SectionModel):
    """What the agent is and who answers for it."""

    title: Text = Field(description="The agent's name as people say it.", examples=["Main Agent"])
    owner: Text = Field(
        description="The team that answers for what the agent does.", examples=["matching-team"]
    )
    criticality: Literal["low", "medium", "high", "critical"] = Field(
        description="What it means to others when the agent is down."
    )
    version: Version = Field(
        default="0.1.0",
        description="Version of the agent itself, `major.minor.patch`; the emitted package carries it.",
        examples=["6.0.0"],
    )
    tags: list[Label] = Field(
        default=[],
        description="Words to find the agent by; layers unite theirs.",
        examples=[["matching", "core"]],
    )
