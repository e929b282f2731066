"""Section `memorytopology`: what the agent remembers, where, and for how long."""

from typing import Annotated, Literal

from pydantic import Field

from qpf_plugins.agent_schema.fields import Retention, SectionModel

Keyspace = Annotated[str, Field(pattern=r"^[a-z0-9_]+(:[a-z0-9_]+)*:\*$", max_length=200)]
Purpose = Annotated[str, Field(max_length=2000)]


class WorkingMemory(SectionModel):
    """State of the work at hand; lost without harm."""

    storagetype: Literal["in_process", "redis", "redis_cluster"] = Field(description="Where it is kept.")
    ttl_hours: float = Field(
        default=1.0,
        gt=0,
        le=8760,
        description="How long an entry lives.",
        json_schema_extra={"unit": "hours"},
    )
    keyspace: Keyspace = Field(
        description="Prefix of the agent's keys, ending in `:*`; no two agents may share one.",
        examples=["agent_v6:main_agent:*"],
    )
    purpose: Purpose = Field(default="", description="What it is for, in the agent's own words.")


class EpisodicMemory(SectionModel):
    """What happened: packets, decisions, outcomes."""

    storagetype: Literal["sqlite", "postgresql"] = Field(
        description="Where it is kept; `postgresql` is remote."
    )
    retention: Retention = Field(
        default="90 days",
        description="How long an episode is kept: a number and `days`, `months` or `years`.",
        examples=["90 days", "2 years"],
    )
    purpose: Purpose = Field(default="", description="What it is for, in the agent's own words.")


class SemanticMemory(SectionModel):
    """What things mean: vectors of entities."""

    storagetype: Literal["none", "numpy", "pgvector"] = Field(
        default="none", description="Where it is kept; `numpy` is in the process."
    )
    dimensions: int = Field(
        default=32, ge=2, le=8192, description="Length of a vector.", json_schema_extra={"unit": "numbers"}
    )
    purpose: Purpose = Field(default="", description="What it is for, in the agent's own words.")


class CausalMemory(SectionModel):
    """Why things happen: causes and effects."""

    storagetype: Literal["none", "sql", "neo4j"] = Field(
        default="none", description="Where it is kept; `sql` is the database of the episodic memory."
    )
    purpose: Purpose = Field(default="", description="What it is for, in the agent's own words.")


class Archive(SectionModel):
    """What is kept for the record after memory has let it go."""

    storagetype: Literal["none", "local", "s3"] = Field(default="none", description="Where it is kept.")
    retention: Retention = Field(
        default="2 years",
        description="How long it is kept: a number and `days`, `months` or `years`.",
        examples=["2 years"],
    )
    purpose: Purpose = Field(default="", description="What it is for, in the agent's own words.")


class MemoryTopology(SectionModel):
    """What the agent remembers, where, and for how long."""

    workingmemory: WorkingMemory = Field(description="State of the work at hand.")
    episodicmemory: EpisodicMemory = Field(description="What happened.")
    semanticmemory: SemanticMemory = Field(default=SemanticMemory(), description="What things mean.")
    causalmemory: CausalMemory = Field(default=CausalMemory(), description="Why things happen.")
    archive: Archive = Field(default=Archive(), description="What is kept for the record.")
