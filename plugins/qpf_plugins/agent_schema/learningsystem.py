"""Section `learningsystem`: whether and how the agent improves with experience."""

from pydantic import Field

from qpf_plugins.agent_schema.fields import Name, SectionModel


class LearningSystem(SectionModel):
    """Whether and how the agent improves with experience."""

    enabled: bool = Field(description="Whether the agent learns at all.")
    feedback: list[Name] = Field(
        default=[],
        description="Packet kinds it learns from; layers unite theirs.",
        examples=[["match_outcome"]],
    )
    drift_detection_threshold: float = Field(
        default=0.03,
        gt=0.0,
        le=1.0,
        description="How much the model's error may grow before it counts as drift.",
        json_schema_extra={"unit": "fraction"},
    )
    update_interval_hours: float = Field(
        default=24.0,
        gt=0.0,
        le=8760.0,
        description="How often it learns.",
        json_schema_extra={"unit": "hours"},
    )
