"""Section `metadata`: about the schema rather than the agent."""

from typing import Annotated

from pydantic import Field

from qpf_plugins.agent_schema.fields import Label, SectionModel, Text

Digest = Annotated[str, Field(pattern=r"^sha256:[0-9a-f]{64}$")]


class Metadata(SectionModel):
    """About the schema rather than the agent."""

    owner: Text = Field(description="The team that maintains the schema.", examples=["platform-team"])
    description: Text = Field(description="What the agent is for, in a sentence or two.")
    labels: dict[Label, Label] = Field(
        default_factory=dict,
        description="Free labels; emitted objects carry them.",
        examples=[{"team": "matching"}],
    )
    versionhash: Digest | None = Field(
        default=None,
        description="Digest of the schema version this agent was approved at, if one is tracked.",
    )
