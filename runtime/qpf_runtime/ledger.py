"""The inbox and the outbox of one agent: what makes effects happen once although packets may come again.

A turn ends in one transaction: its packet's row in the inbox, everything it wrote, and the packets it sends
as rows of the outbox. The inbox refuses a second row of the same packet, and with it all the rest.
"""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from pydantic import ValidationError
from pydantic_core import from_json, to_json
from sqlalchemy import (
    Column,
    Connection,
    Float,
    Index,
    Row,
    String,
    Table,
    Text,
    bindparam,
    delete,
    insert,
    select,
)
from sqlalchemy.exc import IntegrityError

from qpf_runtime.clock import Clock, SteadyTime
from qpf_runtime.database import TABLES, Database, Unit, Work, moment, stamp
from qpf_runtime.envelope import PacketEnvelope

log = logging.getLogger("qpf_runtime.ledger")

INBOX = Table(
    "inbox",
    TABLES,
    Column("agent", String(40), primary_key=True),
    Column("packet_id", String(200), primary_key=True),
    Column("kind", String(200), nullable=False),
    Column("port", String(200), nullable=False),
    Column("source", String(200), nullable=False),
    Column("priority", String(10), nullable=False),
    Column("correlation_id", String(200), nullable=False, index=True),
    Column("causation_id", String(200)),
    Column("digest", String(80), nullable=False),
    Column("created_at", String(32), nullable=False),
    Column("handled_at", String(32), nullable=False, index=True),
    Column("seconds", Float, nullable=False),
    Column("hops", Text, nullable=False),
    Column("outcome", String(40)),
    Column("reply", Text),
)

OUTBOX = Table(
    "outbox",
    TABLES,
    Column("agent", String(40), primary_key=True),
    Column("packet_id", String(200), primary_key=True),
    Column("at", String(32), nullable=False),
    Column("envelope", Text, nullable=False),
    Index("ix_outbox_agent_at", "agent", "at"),
)

KEPT = timedelta(days=30)
"""How long the inbox knows a packet again, at least: longer than a bus may hold it back."""

LONGER = timedelta(days=1)
"""How much longer than the dead letter of a packet, which may be sent once more on its last day."""

SWEPT_AT_ONCE = 1000

MOST_BATCHES = 100
"""Most times that in one sweep: more in a minute than an agent handles in it."""

LONGEST_ID = 200

# Built once: these run for every packet.
_SEEN = select(INBOX).where(INBOX.c.agent == bindparam("of"), INBOX.c.packet_id == bindparam("id"))
_ENTER = insert(INBOX)
_SEND = insert(OUTBOX)
_SENT = delete(OUTBOX).where(OUTBOX.c.agent == bindparam("of"), OUTBOX.c.packet_id == bindparam("id"))


class AlreadyHandled(Exception):  # noqa: N818 -- it is news, not a fault
    """Somebody else has handled the packet meanwhile; nothing was written."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A packet that was handled.

    Attributes:
        packet_id: Its identity.
        kind: What kind it was.
        port: The input port it came by.
        source: Where it came from.
        priority: How urgent it was.
        correlation_id: Which story it belongs to.
        causation_id: The packet that caused it.
        digest: Of its payload.
        created_at: When it was made, by its sender's clock.
        handled_at: When the turn ended.
        seconds: How long the turn took.
        hops: Steps it took in this agent and those it asked.
        outcome: What the gate said, if it was asked.
        reply: What its sender was answered.
    """

    packet_id: str
    kind: str
    port: str
    source: str
    priority: str
    correlation_id: str
    causation_id: str | None
    digest: str
    created_at: datetime
    handled_at: datetime
    seconds: float
    hops: tuple[str, ...]
    outcome: str | None
    reply: PacketEnvelope | None


class Ledger:
    """What one agent has handled, and what it still has to send."""

    def __init__(
        self, database: Database, agent: str, clock: Clock, dead_letters: timedelta = timedelta()
    ) -> None:
        """Name the agent.

        Args:
            database: Where its inbox and its outbox are.
            agent: Its name.
            clock: Where the time comes from.
            dead_letters: How long its dead letters are kept.
        """
        self._database = database
        self._agent = agent
        self._clock = clock
        self._steady = SteadyTime(clock)
        self._kept = max(KEPT, dead_letters + LONGER)

    async def seen(self, packet_id: str) -> Entry | None:
        """Give the entry of a packet that was handled before."""
        key = {"of": self._agent, "id": packet_id}
        row = await self._database.run(lambda connection: connection.execute(_SEEN, key).first())
        return _entry(row) if row is not None else None

    async def of(self, identity: str, limit: int = 1000) -> tuple[Entry, ...]:
        """Give the entries of one story, oldest first.

        Args:
            identity: Its correlation id, or the id of any of its packets.
            limit: Most entries.
        """
        story = select(INBOX.c.correlation_id).where(
            INBOX.c.agent == self._agent, INBOX.c.packet_id == identity
        )
        if len(identity) > LONGEST_ID or not (identity.isascii() and identity.isprintable()):
            # No packet is called so, and not every database could look for it.
            return ()
        query = (
            select(INBOX)
            .where(
                INBOX.c.agent == self._agent,
                (INBOX.c.correlation_id == identity) | INBOX.c.correlation_id.in_(story),
            )
            .order_by(INBOX.c.handled_at, INBOX.c.packet_id)
            .limit(limit)
        )
        rows = await self._database.run(lambda connection: connection.execute(query).all())
        return tuple(map(_entry, rows))

    async def commit(
        self, entry: Entry, unit: Unit, outgoing: Sequence[PacketEnvelope], claim: Work[object] | None = None
    ) -> None:
        """End a turn: all of it, or nothing.

        Args:
            entry: The packet, as the inbox will know it.
            unit: What the turn wrote.
            outgoing: What it sends.
            claim: Something that must hold as well, or the turn never was: raises if it does not.

        Raises:
            AlreadyHandled: If the packet was handled before.
            Unavailable: If the database cannot be written.
        """
        row = self._row(entry)

        def enter(connection: Connection) -> None:
            try:
                connection.execute(_ENTER, row)
            except IntegrityError:
                raise AlreadyHandled(entry.packet_id) from None

        now = stamp(self._clock.now())
        rows = [
            {"agent": self._agent, "packet_id": sent.id, "at": now, "envelope": sent.model_dump_json()}
            for sent in outgoing
        ]

        def send(connection: Connection) -> None:
            connection.execute(_SEND, rows)

        claims = [claim] if claim is not None else []
        await self._database.run(*claims, enter, *unit.writes, *([send] if rows else []))

    async def unsent(self, older_than: timedelta = timedelta(), limit: int = 1000) -> list[PacketEnvelope]:
        """Give packets that are still to be sent, oldest first."""
        query = select(OUTBOX.c.envelope).where(OUTBOX.c.agent == self._agent)
        if older_than:
            query = query.where(OUTBOX.c.at <= stamp(self._clock.now() - older_than))
        query = query.order_by(OUTBOX.c.at, OUTBOX.c.packet_id).limit(limit)
        rows = await self._database.run(lambda connection: connection.execute(query).scalars().all())
        found = []
        for row in rows:
            try:
                found.append(PacketEnvelope.model_validate_json(row))
            except ValidationError as error:
                # It stays there for a person; the others must not wait for it.
                log.error("%s has a row in its outbox that is no packet: %s", self._agent, error)  # noqa: TRY400 -- says all
        return found

    async def sent(self, packets: Iterable[PacketEnvelope]) -> None:
        """Let go of packets that the bus has accepted."""
        keys = [{"of": self._agent, "id": packet.id} for packet in packets]
        await self._database.run(lambda connection: connection.execute(_SENT, keys))

    async def sweep(self) -> int:
        """Forget packets that were handled long ago, a bounded number; tells how many.

        A clock that is set while the process runs makes it forget none: it would be handled twice.
        """
        before = stamp(self._steady.now() - self._kept)
        old = (
            select(INBOX.c.packet_id)
            .where(INBOX.c.agent == self._agent, INBOX.c.handled_at < before)
            .limit(SWEPT_AT_ONCE)
        )
        swept = delete(INBOX).where(INBOX.c.agent == self._agent, INBOX.c.packet_id.in_(old))
        gone = 0
        for _ in range(MOST_BATCHES):
            batch = await self._database.run(lambda connection: int(connection.execute(swept).rowcount))
            gone += batch
            if batch < SWEPT_AT_ONCE:
                break
        return gone

    def _row(self, entry: Entry) -> dict[str, Any]:
        return {
            "agent": self._agent,
            "packet_id": entry.packet_id,
            "kind": entry.kind,
            "port": entry.port,
            "source": entry.source,
            "priority": entry.priority,
            "correlation_id": entry.correlation_id,
            "causation_id": entry.causation_id,
            "digest": entry.digest,
            "created_at": stamp(entry.created_at),
            "handled_at": stamp(entry.handled_at),
            "seconds": entry.seconds,
            "hops": to_json(entry.hops).decode(),
            "outcome": entry.outcome,
            "reply": entry.reply.model_dump_json() if entry.reply is not None else None,
        }


def _entry(row: Row[Any]) -> Entry:
    return Entry(
        packet_id=row.packet_id,
        kind=row.kind,
        port=row.port,
        source=row.source,
        priority=row.priority,
        correlation_id=row.correlation_id,
        causation_id=row.causation_id,
        digest=row.digest,
        created_at=moment(row.created_at),
        handled_at=moment(row.handled_at),
        seconds=row.seconds,
        hops=tuple(from_json(row.hops)),
        outcome=row.outcome,
        reply=PacketEnvelope.model_validate_json(row.reply) if row.reply is not None else None,
    )
