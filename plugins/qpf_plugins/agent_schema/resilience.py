"""Part `resilience` of section `deployment`: what the agent does when those it calls fail."""

from pydantic import Field

from qpf_plugins.agent_schema.fields import Fraction, SectionModel


class Retry(SectionModel):
    """How calls that failed for a passing reason are repeated, after a random wait that grows."""

    attempts: int = Field(
        default=3,
        ge=1,
        le=20,
        description="How often a call is made at most; 1 repeats nothing.",
        json_schema_extra={"unit": "calls"},
    )
    base_ms: int = Field(
        default=50,
        ge=1,
        le=60_000,
        description="Longest wait before the first repetition; it doubles with each.",
        json_schema_extra={"unit": "milliseconds"},
    )
    cap_ms: int = Field(
        default=2000,
        ge=1,
        le=600_000,
        description="Longest wait there is, however often it doubled.",
        json_schema_extra={"unit": "milliseconds"},
    )
    budget: Fraction = Field(
        default=0.1,
        description="How many repetitions there may be for each call that was made; spent, none is repeated.",
        json_schema_extra={"unit": "fraction"},
    )


class Breaker(SectionModel):
    """When calls that keep failing are no longer made, and for how long."""

    failures: int = Field(
        default=5,
        ge=1,
        le=1000,
        description="Failures in a row after which calls are refused at once.",
        json_schema_extra={"unit": "calls"},
    )
    cool_off_seconds: float = Field(
        default=30.0,
        gt=0.0,
        le=3600.0,
        description="How long they are refused before one call is tried.",
        json_schema_extra={"unit": "seconds"},
    )


class Bulkhead(SectionModel):
    """How many calls to one receiver are under way, so that a slow one does not take the agent with it."""

    concurrent: int = Field(
        default=16,
        ge=1,
        le=10_000,
        description="Calls to one receiver that may be under way at a time.",
        json_schema_extra={"unit": "calls"},
    )
    waiting: int = Field(
        default=64,
        ge=0,
        le=100_000,
        description="Calls that may wait for a place; more are refused at once.",
        json_schema_extra={"unit": "calls"},
    )


class Resilience(SectionModel):
    """What the agent does when those it calls fail."""

    retry: Retry = Field(default=Retry(), description="How failed calls are repeated.")
    breaker: Breaker = Field(default=Breaker(), description="When calls are no longer made.")
    bulkhead: Bulkhead = Field(default=Bulkhead(), description="How many calls are under way.")
