"""Packets of a running fleet as they pass: on its broker, or in its one process."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

import httpx
from pydantic import ValidationError
from pydantic_core import from_json, to_json

from qpf_plugins.local_run.place import Running, RunningBus
from qpf_plugins.local_run.problem import Problem
from qpf_runtime.bus.topology import Topology
from qpf_runtime.envelope import OUTSIDE, PacketEnvelope

PATIENCE = 10.0
BEHIND = 65_536
"""Packets a terminal may be behind the broker; what comes then is missed, and said to be."""


@dataclass(frozen=True, slots=True)
class Passed:
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
    import nats  # noqa: PLC0415
    from nats.errors import Error  # noqa: PLC0415

    from qpf_runtime import wire  # noqa: PLC0415

    topology = Topology(running.fleet, running.environment)
    ended = asyncio.Event()

    async def gone() -> None:
        ended.set()

    async def quiet(_error: Exception) -> None:
        """Say nothing: what matters is whether packets come."""

    try:
        client = await nats.connect(
            bus.url,
            name="qpf tail",
            nkeys_seed=str(bus.seed) if bus.seed else None,
            inbox_prefix=topology.replies(OUTSIDE).removesuffix(".>"),
            allow_reconnect=False,
            connect_timeout=PATIENCE,
            disconnected_cb=gone,
            error_cb=quiet,
        )
    except (OSError, Error, TimeoutError) as error:
        message = f"the broker at {bus.url} does not answer: {error}"
        raise Problem(message, "it may be stopping; try again") from None
    queue: asyncio.Queue[Passed | None] = asyncio.Queue(BEHIND)

    async def take(message: object) -> None:
        subject = getattr(message, "subject", "")
        try:
            packet = wire.decode(message)
        except ValueError:
            return
        await queue.put(Passed(packet, answer=not subject.startswith(f"{topology.prefix}.packet.")))

    try:
        for subject in (topology.packets, f"{topology.prefix}.reply.>"):
            await client.subscribe(subject, cb=take)
        await client.flush()
        listening()
        lost = asyncio.create_task(ended.wait())
        lost.add_done_callback(lambda _: queue.put_nowait(None))
        while (passed := await queue.get()) is not None:
            yield passed
    finally:
        await client.close()
