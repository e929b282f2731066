"""Section `collaborationnetwork`: the agent's place among the others."""

from typing import Literal

from pydantic import Field

from qpf_plugins.agent_schema.fields import Name, SectionModel


class CollaborationNetwork(SectionModel):
    """The agent's place among the others."""

    pattern: Literal["hierarchical", "mesh", "flat"] = Field(
        description=(
            "`hierarchical`: leaves report to leaders; `mesh`: every agent may call every other; "
            "`flat`: the agent works on its own."
        )
    )
    role: Literal["leader", "member", "leaf", "meta"] = Field(
        description=(
            "`leader` coordinates, `member` works beside its peers, `leaf` reports to a leader, "
            "`meta` watches or improves the others."
        )
    )
    peers: list[Name] = Field(
        default=[], description="Agents it works with beyond those it cannot work without."
    )
