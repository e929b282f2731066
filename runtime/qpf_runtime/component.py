"""The base of emitted modules: one component a sub-schema, its methods the steps of flows."""

from typing import ClassVar

from qpf_runtime.agent import Agent
from qpf_runtime.turn import Step

__all__ = ["Component", "Step"]


class Component:
    """A part of an agent. Subclasses name themselves and add steps, `async def method(self, turn)`."""

    name: ClassVar[str] = ""

    def __init__(self, agent: Agent) -> None:
        self.agent = agent
