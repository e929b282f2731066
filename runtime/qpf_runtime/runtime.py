"""What agents run on: a bus, stores, a clock, a source of ids, and those who watch."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Literal, Protocol, Self

from qpf_runtime.bus.inprocess import InProcessBus
from qpf_runtime.bus.port import Bus
from qpf_runtime.clock import Clock, SystemClock
from qpf_runtime.envelope import PacketEnvelope
from qpf_runtime.failure import Failure
from qpf_runtime.governance import Decision
from qpf_runtime.ids import Ids, random_id
from qpf_runtime.needs import OFFLINE, StoreUrls
from qpf_runtime.reasoning import Models
from qpf_runtime.relay import Relay
from qpf_runtime.stores import Choice, InMemoryStores, LocalStores, Stores
from qpf_runtime.tracing import PlainTracer, Tracer

log = logging.getLogger("qpf_runtime")

Settled = Literal["done", "duplicate", "refused", "again", "dead"]
"""How a delivery ended: handled; handled before; its sender was told what is wrong; to be handed out again;
given up.
"""


@dataclass(frozen=True, slots=True)
class TurnRecord:
    """How one turn went; what watchers get.

    Attributes:
        agent: Who took the packet.
        envelope: The packet.
        hops: Steps it took in this agent and those it called.
        seconds: How long it took.
        answers: Whether its port gives replies.
        decision: What the gate said, if it was asked.
        failure: Why it failed, if it did.
        attempt: 1 the first time the packet was handed out.
        settled: How the delivery ended.
    """

    agent: str
    envelope: PacketEnvelope
    hops: tuple[str, ...]
    seconds: float
    answers: bool
    decision: Decision | None
    failure: Failure | None
    attempt: int = 1
    settled: Settled = "done"


class Member(Protocol):
    """What a runtime knows of an agent that runs on it."""

    @property
    def relay(self) -> Relay:
        """Sends its packets."""

    async def stop(self) -> None:
        """Stop what runs beside its packets."""


Watcher = Callable[[TurnRecord], None]

OnCall = Callable[[str, str, str], None]
"""Is told agent, event and target of a call that did not just go well; `resilience` names the events."""


@dataclass
class Runtime:
    """What agents share. Close it when they are done."""

    bus: Bus
    stores: Stores
    clock: Clock = field(default_factory=SystemClock)
    ids: Ids = random_id
    models: Models = "declared"
    watchers: list[Watcher] = field(default_factory=list)
    on_call: list[OnCall] = field(default_factory=list)
    tracer: Tracer = field(default_factory=PlainTracer)
    members: list[Member] = field(default_factory=list)
    variables: Mapping[str, str] = field(default_factory=dict, repr=False)
    secrets: frozenset[str] = field(default=frozenset(), repr=False)

    @classmethod
    def in_memory(cls, clock: Clock | None = None, ids: Ids = random_id) -> Self:
        """Make one that leaves nothing behind, whatever stores and models agents declare; for tests."""
        return cls(
            bus=InProcessBus(clock),
            stores=InMemoryStores(),
            clock=clock or SystemClock(),
            ids=ids,
            models="offline",
        )

    @classmethod
    def local(
        cls,
        data_dir: str | Path,
        *,
        stores: Choice = "declared",
        models: Models = "declared",
        urls: StoreUrls | None = None,
        embedder: str = OFFLINE,
    ) -> Self:
        """Make one for a person's machine: packets in this process, memory in files under `data_dir`.

        Args:
            data_dir: Folder of the files; made when it is needed.
            stores: `declared` refuses agents that declare other stores, `local` replaces those and says so.
            models: `declared` refuses agents that declare other models, `offline` likewise replaces them.
            urls: Where the servers are that declared stores need.
            embedder: Which embedder semantic memories use.
        """
        kept = LocalStores(Path(data_dir), stores, urls or StoreUrls(), embedder)
        return cls(bus=InProcessBus(), stores=kept, models=models)

    def watched(self, record: TurnRecord) -> None:
        """Tell the watchers of a finished turn. One that fails is logged: watching never harms the work."""
        for watcher in self.watchers:
            try:
                watcher(record)
            except Exception:
                log.exception("a watcher failed")

    def called(self, agent: str, event: str, target: str) -> None:
        """Tell who watches of a call that was repeated, found no place, or changed a breaker."""
        for watcher in self.on_call:
            try:
                watcher(agent, event, target)
            except Exception:
                log.exception("a watcher failed")

    def joined(self, member: Member) -> None:
        """Take note of an agent that runs on this; it is stopped when this is closed."""
        self.members.append(member)

    async def settled(self, within: float) -> bool:
        """Wait until nothing is queued, being handled or still to be sent; tells whether that came true."""
        try:
            async with asyncio.timeout(within):
                while True:
                    for member in self.members:
                        await member.relay.flushed(within)
                    await self.bus.idle(within)
                    if not any(member.relay.pending for member in self.members):
                        return True
        except TimeoutError:
            return False

    async def close(self, grace: float = 5.0) -> int:
        """Finish accepted packets and send what they caused, for so many seconds, then close the stores.

        Returns:
            How many packets were left unfinished. A durable bus hands them out again, and what is unsent
            waits in the outbox.
        """
        await self.bus.drain()
        await self.settled(grace)
        unfinished = await self.bus.close(0)
        for member in self.members:
            await member.stop()
        self.members.clear()
        if unfinished:
            fate = "handed out again" if self.bus.durable else "lost"
            log.error("%d packets were not finished within %g s and are %s", unfinished, grace, fate)
        await self.stores.close()
        return unfinished

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()
