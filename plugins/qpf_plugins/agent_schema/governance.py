"""Section `governance`: how freely the agent decides, and who steps in.

A later layer may only tighten what an earlier one says: the merge strategies in
`sections.py` know for each field which way is tighter.
"""

from typing import Literal

from pydantic import Field

from qpf_plugins.agent_schema.fields import Fraction, Label, Name, SectionModel, Text


class EscalationPolicy(SectionModel):
    """Who is asked, and what happens when nobody answers."""

    channel: Label = Field(description="Where escalations are announced.", examples=["governance"])
    contacts: list[Text] = Field(
        default=[],
        description="Who is asked; roles rather than persons. Layers unite theirs.",
        examples=[["governance-board", "compliance-officer"]],
    )
    timeout_minutes: int = Field(
        default=30,
        ge=1,
        le=10080,
        description="How long an escalated decision waits for an answer; a later layer may only shorten it.",
        json_schema_extra={"unit": "minutes"},
    )
    on_timeout: Literal["approve", "escalate", "reject"] = Field(
        default="reject",
        description="What becomes of a decision that nobody answered, loosest to tightest.",
    )


class EscalationTrigger(SectionModel):
    """A condition under which the agent does not decide alone."""

    name: Name = Field(
        description="Its name: layers that say something about the same trigger use the same name."
    )
    metric: Name = Field(description="The figure of a decision that is watched.", examples=["confidence"])
    below: float | None = Field(
        default=None,
        description="It fires below this value, in the metric's unit; a later layer may only raise it.",
        examples=[0.7],
    )
    above: float | None = Field(
        default=None,
        description="It fires above this value, in the metric's unit; a later layer may only lower it.",
        examples=[500.0],
    )
    action: Literal["log", "notify", "escalate", "block"] = Field(
        description="What happens when it fires, loosest to tightest."
    )
    severity: Literal["low", "medium", "high", "critical"] = Field(
        default="medium", description="How urgently people must look, loosest to tightest."
    )


class Governance(SectionModel):
    """How freely the agent decides, and who steps in."""

    mode: Literal["autonomous", "hybrid", "supervised"] = Field(
        description=(
            "`autonomous` decides alone, `hybrid` escalates what it is unsure of, `supervised` has every "
            "decision confirmed; loosest to tightest."
        )
    )
    humanoverride: bool = Field(
        description="Whether a person can overrule a decision; needs an escalation policy."
    )
    anchors: list[Label] = Field(
        default=[],
        description="Bodies that approve changes of this agent; layers unite theirs.",
        examples=[["governance-board"]],
    )
    thresholds: dict[Name, Fraction] = Field(
        default_factory=dict,
        description="Least acceptable value of a figure, by its name; a decision below is escalated.",
        json_schema_extra={"unit": "fraction"},
        examples=[{"confidence": 0.7}],
    )
    escalationpolicy: EscalationPolicy | None = Field(
        default=None,
        description="Who is asked, and what happens when nobody answers; absent: nobody is asked.",
    )
    escalationtriggers: list[EscalationTrigger] = Field(
        default=[], description="Conditions under which the agent does not decide alone, merged by name."
    )
    governed: list[Name] = Field(
        default=[],
        description=(
            "Output ports by which nothing may leave without a decision of the gate that permits it. "
            "Layers unite theirs: a later one may add a port, never take one away."
        ),
        examples=[["model_update"]],
    )
    audittrail: bool = Field(
        default=True, description="Whether every decision is written to the append-only trail."
    )
