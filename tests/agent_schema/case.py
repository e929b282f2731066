"""What a case of a rule is, and the small fleets that cases are made of."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from qpf.api import Environment
from tests.agent_schema.build import WORK, agent, answers, asks, environment

TALK = "one.ask > two.asked: question"
POLICY = {"channel": "desk", "contacts": ["desk"]}


@dataclass(frozen=True)
class Case:
    """A fleet, and what a rule must say of it: nothing, or words at a path of the agent."""

    rule: str
    name: str
    fleet: Callable[[], Environment]
    says: str = ""
    path: tuple[str | int, ...] = ()
    subject: str = "an_agent"
    notes: int = 0


def pair(
    one: object = None,
    two: object = None,
    wires: tuple[str, ...] = (TALK,),
    needs: tuple[str, ...] = ("two",),
) -> Environment:
    """`one`, which asks, and `two`, which answers."""
    return environment(
        agent("one", communicationstack=one or asks(), integration={"connectto": list(needs)}),
        agent("two", communicationstack=two or answers(), integration=WORK),
        wires=wires,
    )


def alone(**sections: Any) -> Environment:
    """One agent."""
    return environment(agent(**sections))


def trigger(**values: object) -> Environment:
    """One agent with one trigger, and somebody to escalate to."""
    values = {"name": "unsure", "metric": "confidence", "action": "escalate", **values}
    return alone(governance={"escalationpolicy": POLICY, "escalationtriggers": [values]})


STACK, TRIGGERS = "communicationstack", "escalationtriggers"
OUT, IN = (STACK, "output", "ask"), (STACK, "input", "asked")
