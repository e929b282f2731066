"""Brings a packet to an agent: of the fleet that runs, or of one started for this packet alone."""

from collections.abc import Mapping
from typing import Any, cast

import httpx
from msgspec import Struct

from qpf_plugins.local_run.burst import Post
from qpf_plugins.local_run.packet_file import PacketFile
from qpf_plugins.local_run.place import Running, RunningAgent
from qpf_plugins.local_run.problem import Problem
from qpf_runtime.envelope import Json
from qpf_runtime.errors import BusClosed, ReplyTimeout
from qpf_runtime.fleet import LocalFleet
from qpf_runtime.listing import UnknownNameError, input_port
from qpf_runtime.trail import describe

PATIENCE = 660.0
"""Seconds to wait for an answer: longer than any agent may take."""


class Delivered(Struct, frozen=True):
    """What became of a packet.

    Attributes:
        target: Agent and port it went to.
        kind: Its kind.
        via: Who took it, for a person's eyes.
        reply: The reply as an envelope; None if the port gives none.
        path: Hops of the packet and its reply.
        turns: Every turn it set off, those of packets nobody waited for included, if one process has all.
        correlation_id: What `qpf trace` finds it by.
        waited: Whether somebody waited until it was handled.
        lasting: Whether the fleet that took it goes on running.
    """

    target: str
    kind: str
    via: str
    reply: Mapping[str, Json] | None
    path: tuple[str, ...]
    turns: tuple[Mapping[str, Json], ...]
    correlation_id: str
    waited: bool = True
    lasting: bool = True


def deliver(
    running: Running, agent: str, packet: PacketFile, port: str | None, *, wait: bool = True
) -> Delivered:
    """Hand a packet to the running fleet.

    Raises:
        Problem: If it refuses the packet.
        httpx.HTTPError: If it does not answer.
    """
    receiver = running.agent(agent)
    with _client(receiver) as client:
        name = _port(client, running, receiver, packet, port)
        answer = client.post(
            f"{receiver.url}/packets", params=asked(packet, name, wait=wait), json=packet.payload
        )
        body = _json(answer)
        if "error" in body:
            message = f"{agent}: {body['error']['message']}"
            raise Problem(message)
        accepted = body.get("accepted")
        turns = _turns(client, running, body["correlation_id"]) if wait else []
    reply = None if accepted else body
    path = reply["path"] if reply else _own_hops(turns, str(accepted))
    via = f"the fleet at {running.url}" if running.url else f"{agent} at {receiver.url}"
    return Delivered(
        target=f"{agent}.{name}",
        kind=packet.kind,
        via=via,
        reply=reply,
        path=tuple(path),
        turns=tuple(turns),
        correlation_id=body["correlation_id"],
        waited=wait,
    )


def post(running: Running, agent: str, packet: PacketFile, port: str | None, *, wait: bool = True) -> Post:
    """Make the request that carries a packet, to be sent many times."""
    receiver = running.agent(agent)
    with _client(receiver) as client:
        name = _port(client, running, receiver, packet, port)
    carried = asked(packet, name, wait=wait)
    return Post(f"{receiver.url}/packets", receiver.token, carried, packet.payload, PATIENCE)


def asked(packet: PacketFile, port: str, *, wait: bool) -> dict[str, str]:
    """Spell what the address of a packet is asked besides."""
    found = {"port": port}
    if packet.priority:
        found["priority"] = packet.priority
    if not wait:
        found["wait"] = "false"
    return found


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
            await fleet.runtime.settled(fleet.grace)
            turns = tuple(describe(record) for record in fleet.trail.all())
    except (BusClosed, ReplyTimeout) as error:
        raise Problem(str(error)) from None
    reply = answer.model_dump(mode="json") if answer else None
    story = str(turns[0]["correlation_id"]) if turns else ""
    via = "a fleet started for this packet"
    return Delivered(f"{agent}.{name}", packet.kind, via, reply, path, turns, story, lasting=False)


def _json(answer: httpx.Response) -> dict[str, Any]:
    try:
        return cast("dict[str, Any]", answer.json())
    except ValueError:
        message = f"{answer.url} answered {answer.status_code} and no JSON"
        raise Problem(message) from None


def _client(receiver: RunningAgent) -> httpx.Client:
    return httpx.Client(
        headers={"authorization": f"Bearer {receiver.token}"},
        timeout=PATIENCE,
        trust_env=False,  # a proxy has no business on the loopback
    )


def _port(
    client: httpx.Client, running: Running, receiver: RunningAgent, packet: PacketFile, port: str | None
) -> str:
    """Find the input port a packet goes to."""
    if running.url is not None:
        found = _json(client.get(f"{running.url}/agents"))["agents"][receiver.name]["inputs"]
    else:
        found = _json(client.get(f"{receiver.url}/manifest"))["inputs"]
    inputs = {name: said["packet"] for name, said in found.items()}
    name = input_port(receiver.name, inputs, port or packet.kind)
    _same_kind(receiver.name, name, inputs[name], packet.kind)
    return name


def _turns(client: httpx.Client, running: Running, correlation_id: str) -> list[dict[str, Any]]:
    if running.url is None:
        # Agents with processes of their own are not done when the answer is here; `qpf trace` shows them.
        return []
    try:
        return cast(
            "list[dict[str, Any]]", _json(client.get(f"{running.url}/trail/{correlation_id}"))["turns"]
        )
    except httpx.TransportError:
        # The fleet stops: it finished our packet and takes no more questions. The reply is what counts.
        return []


def _same_kind(agent: str, port: str, takes: str, kind: str) -> None:
    if takes != kind:
        message = f"{agent}.{port} takes {takes} packets, the file holds a {kind}"
        raise Problem(message)


def _own_hops(turns: list[dict[str, Any]], packet_id: str) -> list[str]:
    return [hop for turn in turns if turn["packet_id"] == packet_id for hop in turn["hops"]]
