"""What each of a fleet may send and listen to on NATS: exactly what its work needs, under its own name."""

from collections.abc import Iterable
from dataclasses import dataclass

from qpf_runtime.bus.topology import Topology
from qpf_runtime.config import Route
from qpf_runtime.envelope import OUTSIDE

OPERATOR = "operator"
"""Identity of the tools of whoever operates a fleet; what they send comes from outside."""


@dataclass(frozen=True, slots=True)
class Permissions:
    """Subjects, as patterns, sorted; everything else is refused.

    Attributes:
        publish: What it may send.
        subscribe: What it may listen to.
    """

    publish: tuple[str, ...]
    subscribe: tuple[str, ...]


def permissions(
    topology: Topology, agent: str, routes: Iterable[Route], askers: Iterable[str] = ()
) -> Permissions:
    """Give what an agent needs.

    Args:
        topology: Names of the environment.
        agent: Name of the agent.
        routes: Where its output ports lead.
        askers: Agents that wait for its answers; those outside may always.
    """
    stream, advisories, packets = topology.stream(agent), topology.advisory_stream, topology.inbound("")[:-2]
    return _sorted(
        publish=[
            # Packets, under its own name; and what comes to it by HTTP, from outside.
            *(f"{packets}{route.target}.{route.port}.{route.priority}.{agent}" for route in routes),
            f"{packets}{agent}.*.*.{OUTSIDE}",
            *(topology.replies(asker) for asker in (agent, OUTSIDE, *askers)),
            topology.dead(agent),
            # Its own queue: look at it, fetch, acknowledge, and take out what died.
            f"$JS.API.STREAM.INFO.{stream}",
            f"$JS.API.STREAM.INFO.{topology.dead_stream}",
            f"$JS.API.CONSUMER.INFO.{stream}.*",
            f"$JS.API.CONSUMER.MSG.NEXT.{stream}.*",
            f"$JS.API.STREAM.MSG.GET.{stream}",
            f"$JS.API.STREAM.MSG.DELETE.{stream}",
            f"$JS.ACK.{stream}.>",
            # Notices that a packet for it was handed out too often.
            f"$JS.API.CONSUMER.INFO.{advisories}.{agent}",
            f"$JS.API.CONSUMER.MSG.NEXT.{advisories}.{agent}",
            f"$JS.ACK.{advisories}.{agent}.>",
        ],
        subscribe=[f"_INBOX_{agent}.>", topology.replies(agent)],
    )


def operator_permissions(topology: Topology) -> Permissions:
    """Give what the tools need that declare streams, send from outside, follow packets, and replay."""
    return _sorted(
        publish=["$JS.ACK.>", "$JS.API.>", f"{topology.prefix}.>"],
        subscribe=["$JS.EVENT.>", f"_INBOX_{OPERATOR}.>", f"{topology.prefix}.>"],
    )


def _sorted(publish: Iterable[str], subscribe: Iterable[str]) -> Permissions:
    return Permissions(tuple(sorted(set(publish))), tuple(sorted(set(subscribe))))
