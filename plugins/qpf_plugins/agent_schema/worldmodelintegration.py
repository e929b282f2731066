"""Section `worldmodelintegration`: what the agent knows of the world beyond its packets."""

from typing import Annotated, Literal

from pydantic import Field

from qpf_plugins.agent_schema.fields import Name, SectionModel


class WorldModelIntegration(SectionModel):
    """What the agent knows of the world beyond its packets."""

    enabled: bool = Field(description="Whether decisions take the world model into account.")
    factors: dict[Name, Annotated[float, Field(ge=0.0)]] = Field(
        default_factory=dict,
        description="Context factors by name with their default; 1.0 changes nothing, 0.9 damps by a tenth.",
        json_schema_extra={"unit": "factor"},
        examples=[{"seasonality": 1.0, "supply_pressure": 0.9}],
    )
    refresh_minutes: int = Field(
        default=60,
        ge=1,
        le=525_600,
        description="How old factors may become.",
        json_schema_extra={"unit": "minutes"},
    )
    fallback: Literal["default_context", "fail"] = Field(
        default="default_context",
        description="What happens when the world model cannot be read: use the defaults, or fail the packet.",
    )
