"""Who sends what to whom, read from the glue and from the agents' ports; knows nothing of any file format."""

from collections.abc import Iterator

from msgspec import Struct

from qpf.api import Environment
from qpf_plugins.messaging.names import OUTSIDE


class Lane(Struct, frozen=True):
    """Packets of one kind from one sender to one input port.

    Attributes:
        sender: Name of the agent that sends, or `outside`.
        output: The output port it sends by; empty for `outside`.
        agent: Who receives.
        port: The input port.
        packet: Kind of packet.
        priority: How soon a packet is taken up.
        reply: Kind of packet that answers; empty if nobody waits for one.
    """

    sender: str
    output: str
    agent: str
    port: str
    packet: str
    priority: str
    reply: str


def lanes(environment: Environment) -> Iterator[Lane]:
    """Every lane: those of the glue in its order, then what comes from outside, by agent and port."""
    for each in environment.glue.connections:
        sender = environment.agents.get(each.source.agent)
        port = sender.values["communicationstack"]["output"].get(each.source.port) if sender else None
        if port is not None:
            yield Lane(
                each.source.agent,
                each.source.port,
                each.target.agent,
                each.target.port,
                each.packet,
                each.priority,
                port["reply"] or "",
            )
    for name, agent in environment.agents.items():
        for port_name, port in agent.values["communicationstack"]["input"].items():
            yield Lane(OUTSIDE, "", name, port_name, port["packet"], port["priority"], port["reply"] or "")
