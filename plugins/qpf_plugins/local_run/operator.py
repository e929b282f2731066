"""The connection of the person who operates a fleet to its broker."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from qpf_plugins.local_run.keys import OPERATOR
from qpf_plugins.local_run.place import Running
from qpf_plugins.local_run.problem import Problem
from qpf_runtime.bus.port import Bus
from qpf_runtime.bus.topology import Topology
from qpf_runtime.errors import BusClosed


@asynccontextmanager
async def connected(running: Running) -> AsyncIterator[Bus]:
    """Connect to the broker of a running fleet.

    Raises:
        Problem: If it cannot be reached.
    """
    from qpf_runtime.bus.nats import NatsBus  # noqa: PLC0415 -- heavy, and only who has a broker needs it

    assert running.bus is not None
    topology = Topology(running.fleet, running.environment)
    bus = NatsBus(running.bus.url, topology, OPERATOR, running.bus.seed)
    try:
        await bus.open()
        yield bus
    except BusClosed as error:
        message = f"the broker at {running.bus.url} does not answer: {error}"
        raise Problem(message, "it may be stopping; try again") from None
    finally:
        await bus.close(0)
