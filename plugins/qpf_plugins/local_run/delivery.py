"""Brings a packet to an agent: of the fleet that runs, or of one started for this packet alone."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

import httpx

from qpf_plugins.local_run.packet_file import PacketFile
from qpf_plugins.local_run.place import Running
from qpf_plugins.local_run.problem import Problem
from qpf_runtime.envelope import Json
from qpf_runtime.errors import BusClosed, ReplyTimeout
from qpf_runtime.fleet import LocalFleet
from qpf_runtime.listing import UnknownNameError, input_port
from qpf_runtime.trail import describe

PATIENCE = 660.0
"""Seconds to wait for an answer: longer than any agent may take."""


@dataclass(frozen=True, slots=True)
class Delivered:
    """What became of a packet.

    Attributes:
        target: Agent and port it went to.
        kind: Its kind.
        via: Who took it, for a person's eyes.
        reply: The reply as an envelope; None if the port gives none.
        path: Hops of the packet and its reply.
        turns: Every turn it set off, those of packets nobody waited for included.
    """

    target: str
    kind: str
    via: str
    reply: Mapping[str, Json] | None
    path: tuple[str, ...]
    turns: tuple[Mapping[str, Json], ...]


def deliver(note: Running, agent: str, packet: PacketFile, port: str | None) -> Delivered:
    """Hand a packet to the running fleet."""
    receiver = note.agent(agent)
    with httpx.Client(
        base_url=note.url or receiver.url,
        headers={"authorization": f"Bearer {receiver.token}"},
        timeout=PATIENCE,
        trust_env=False,  # a proxy has no business on the loopback
    ) as client:
        agents = _json(client.get("/agents"))["agents"]
        inputs = {name: found["packet"] for name, found in agents[agent]["inputs"].items()}
        name = input_port(agent, inputs, port or packet.kind)
        _same_kind(agent, name, inputs[name], packet.kind)
        asked = {"port": name} | ({"priority": packet.priority} if packet.priority else {})
        answer = client.post(f"/agents/{agent}/packets", params=asked, json=packet.payload)
        body = _json(answer)
        if "error" in body:
            message = f"{agent}: {body['error']['message']}"
            raise Problem(message)
        reply = None if "accepted" in body else body
        turns = _turns(client, body["correlation_id"])
    path = reply["path"] if reply else _own_hops(turns, body["accepted"])
    return Delivered(
        f"{agent}.{name}", packet.kind, f"the fleet at {note.url}", reply, tuple(path), tuple(turns)
    )


async def deliver_alone(fleet: LocalFleet, agent: str, packet: PacketFile, port: str | None) -> Delivered:
    """Start a fleet, hand it the packet, and stop it when all that the packet set off is done."""
    try:
        async with fleet:
            receiver = fleet.agents.get(agent)
            if receiver is None:
                raise UnknownNameError(fleet.listing.environment, agent, sorted(fleet.agents), what="agent")
            inputs = {name: found.packet for name, found in receiver.config.inputs.items()}
            name = input_port(agent, inputs, port or packet.kind)
            _same_kind(agent, name, inputs[name], packet.kind)
            answer, path = await fleet.send(agent, name, packet.payload, packet.priority)
            await fleet.runtime.bus.idle(fleet.grace)
            turns = tuple(describe(record) for record in fleet.trail.all())
    except (BusClosed, ReplyTimeout) as error:
        raise Problem(str(error)) from None
    reply = answer.model_dump(mode="json") if answer else None
    return Delivered(f"{agent}.{name}", packet.kind, "a fleet started for this packet", reply, path, turns)


def _json(answer: httpx.Response) -> dict[str, Any]:
    try:
        return cast("dict[str, Any]", answer.json())
    except ValueError:
        message = f"{answer.url} answered {answer.status_code} and no JSON"
        raise Problem(message) from None


def _turns(client: httpx.Client, correlation_id: str) -> list[dict[str, Any]]:
    try:
        return cast("list[dict[str, Any]]", _json(client.get(f"/trail/{correlation_id}"))["turns"])
    except httpx.TransportError:
        # The fleet stops: it finished our packet and takes no more questions. The reply is what counts.
        return []


def _same_kind(agent: str, port: str, takes: str, kind: str) -> None:
    if takes != kind:
        message = f"{agent}.{port} takes {takes} packets, the file holds a {kind}"
        raise Problem(message)


def _own_hops(turns: list[dict[str, Any]], packet_id: str) -> list[str]:
    return [hop for turn in turns if turn["packet_id"] == packet_id for hop in turn["hops"]]
