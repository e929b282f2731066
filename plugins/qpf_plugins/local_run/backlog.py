"""How many packets wait for each agent, as the broker knows: also for one that is down."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from qpf_plugins.local_run.problem import Problem
from qpf_runtime.bus.topology import Topology

Backlog = Callable[[str], Awaitable[float | None]]
"""Tells how many packets wait for an agent or are in its hands; None while the broker does not say."""

PATIENCE = 1.0


@asynccontextmanager
async def backlog(url: str, topology: Topology, seed: Path | None) -> AsyncIterator[Backlog]:
    """Ask the broker while the block runs, through its restarts.

    Raises:
        Problem: If it cannot be reached.
    """
    # Heavy, and only who has a broker needs them.
    import nats  # noqa: PLC0415 -- heavy, and only a broker needs it
    from nats.errors import Error  # noqa: PLC0415 -- heavy, and only a broker needs it

    try:
        client = await nats.connect(
            url,
            name="qpf run",
            nkeys_seed=str(seed) if seed else None,
            max_reconnect_attempts=-1,
            reconnect_time_wait=0.5,
            error_cb=_quiet,
        )
    except (OSError, Error) as error:
        message = f"the broker at {url} does not answer: {error}"
        raise Problem(message) from None
    js = client.jetstream(timeout=PATIENCE)

    async def of(agent: str) -> float | None:
        if not client.is_connected:
            return None
        try:
            return (await js.stream_info(topology.stream(agent))).state.messages
        except (Error, TimeoutError):
            return None

    try:
        yield of
    finally:
        await client.close()


async def _quiet(_error: Exception) -> None:
    """Say nothing: what it does not say is shown as unknown."""
