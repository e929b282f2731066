"""The step that reads the world model."""

import math

from qpf_runtime.agent import Agent
from qpf_runtime.errors import PacketRejected
from qpf_runtime.turn import Turn

KEY = "world"
"""Where fresh factors are looked for in working memory; the schema's are the fallback."""


async def read_world_model(agent: Agent, turn: Turn) -> None:
    """Read the factors of the world at large.

    Reads: fresh factors in working memory under `world`, else the schema's `worldmodelintegration.factors`;
    with `fallback: fail`, a packet is refused when there are no fresh ones.
    Writes: `world_factors` by name, `world_factor` (their product). Nothing if the world model is disabled.
    """
    world = agent.config.worldmodel
    if not world.enabled:
        return
    fresh = await agent.memory.working.get(KEY)
    factors = dict(world.factors)
    if isinstance(fresh, dict):
        factors |= {name: float(value) for name, value in fresh.items() if isinstance(value, int | float)}
    elif world.fallback == "fail":
        msg = "the world model cannot be read, and the schema forbids to go on without it"
        raise PacketRejected(msg)
    turn.facts["world_factors"] = {name: factors[name] for name in sorted(factors)}
    turn.facts["world_factor"] = math.prod(factors[name] for name in sorted(factors))
