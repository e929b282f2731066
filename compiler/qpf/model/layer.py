"""The order in which layers speak: a higher rank overrides a lower, equal ranks must agree."""

from typing import NamedTuple

from qpf.model.node import Mapping


class Layer(NamedTuple):
    """A level of precedence."""

    rank: int
    name: str


MIGRATION = Layer(0, "migration")
BASE = Layer(1, "base")
SUB = Layer(1, "sub")
AGENT = Layer(2, "agent")
FLEET_OVERRIDE = Layer(3, "environment")
AGENT_OVERRIDE = Layer(4, "agent in environment")


class Contribution(NamedTuple):
    """What one document says about an agent.

    Attributes:
        layer: Who speaks.
        name: The schema that says it: `orchestrator`, `packet_router`, `dev` …
        body: The sections it sets.
    """

    layer: Layer
    name: str
    body: Mapping
