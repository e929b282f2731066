"""Packets of a running fleet as they pass: on its broker, or in its one process."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable
from typing import TYPE_CHECKING

import httpx
from msgspec import Struct
from pydantic import ValidationError
from pydantic_core import from_json, to_json

from qpf_plugins.local_run.place import Running, RunningBus
from qpf_plugins.local_run.problem import Problem
from qpf_runtime.bus.topology import Topology
from qpf_runtime.clock import SystemClock
from qpf_runtime.envelope import PacketEnvelope

if TYPE_CHECKING:
    from nats.aio.msg import Msg

PATIENCE = 10.0
LOOK = 0.5
"""Seconds between two looks whether the broker is still there: a client may end without a word."""

BEHIND = 10_000
"""Packets a terminal may be behind the broker; then the broker holds back, and drops who stays behind."""

log = logging.getLogger("qpf_plugins.local_run")


class Passed(Struct, frozen=True):
    """A packet that was seen.

    Attributes:
        packet: The packet.
        answer: Whether it is an answer.
    """

    packet: PacketEnvelope
    answer: bool


def passing(running: Running, listening: Callable[[], None]) -> AsyncIterator[Passed]:
    """Give packets from now on.

    Args:
        running: The fleet.
        listening: Called once nothing is missed any more.

    Raises:
        Problem: If it does not answer.
    """
    if running.bus is not None:
        return _of_broker(running, running.bus, listening)
    return _of_process(running, listening)


async def _of_process(running: Running, listening: Callable[[], None]) -> AsyncIterator[Passed]:
    token = next(iter(running.agents.values())).token
    async with httpx.AsyncClient(
        base_url=running.url or "",
        headers={"authorization": f"Bearer {token}"},
        timeout=httpx.Timeout(PATIENCE, read=None),
        trust_env=False,
    ) as client:
        try:
            async with client.stream("GET", "/packets") as answer:
                answer.raise_for_status()
                listening()
                async for line in answer.aiter_lines():
                    if line:
                        raw = to_json(from_json(line)["packet"])
                        yield Passed(PacketEnvelope.model_validate_json(raw), answer=False)
        except (httpx.HTTPError, ValidationError) as error:
            message = f"the fleet at {running.url} does not answer: {error}"
            raise Problem(message, "it may be stopping; try again") from None


async def _of_broker(
    running: Running, bus: RunningBus, listening: Callable[[], None]
) -> AsyncIterator[Passed]:
    # Heavy, and only who has a broker needs them.
    from nats.aio.client import Client  # noqa: PLC0415 -- heavy, and only a broker needs it
    from nats.errors import Error  # noqa: PLC0415 -- heavy, and only a broker needs it

    topology = Topology(running.fleet, running.environment)
    queue: asyncio.Queue[Passed] = asyncio.Queue(BEHIND)

    async def take(message: "Msg") -> None:
        passed = _read(message, topology)
        if passed is not None:
            await queue.put(passed)

    client = Client()
    try:
        async with asyncio.timeout(PATIENCE):
            await client.connect(
                bus.url,
                name="qpf tail",
                nkeys_seed=str(bus.seed) if bus.seed else None,
                allow_reconnect=False,
                connect_timeout=int(PATIENCE),
                error_cb=_quiet,
            )
            for subject in (topology.packets, topology.replies("*")):
                await client.subscribe(subject, cb=take)
            await client.flush()
    except (OSError, Error, TimeoutError) as error:
        await client.close()
        message = f"the broker at {bus.url} does not answer: {type(error).__name__}: {error}"
        raise Problem(message, "it may be stopping; try again") from None
    try:
        listening()
        while client.is_connected or not queue.empty():
            with contextlib.suppress(TimeoutError):
                yield await asyncio.wait_for(queue.get(), LOOK)
    finally:
        await client.close()


def _read(message: "Msg", topology: Topology) -> Passed | None:
    from qpf_runtime import wire  # noqa: PLC0415 -- with a broker only

    at = SystemClock().now()
    came = wire.Message(message.subject, message.headers or {}, message.data, "unnamed", at)
    answer = not message.subject.startswith(f"{topology.prefix}.packet.")
    try:
        if answer:
            return Passed(wire.read_reply(came, topology.fleet), answer=True)
        return Passed(wire.read(came, topology, lambda _port: ("unknown", 1)), answer=False)
    except wire.WireError as error:
        # Somebody else's, or wrong: whom it was for gives it up, and says why.
        log.warning("%s carries no packet: %s", message.subject, error.reason)
        return None


async def _quiet(_error: Exception) -> None:
    """Say nothing: what matters is whether packets come."""
