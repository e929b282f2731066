"""What a stranger sends on the bus is refused with a reason and counted; ordinary packets go on meanwhile."""

import asyncio
import os
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import nats
import pytest

from qpf_runtime.bus.nats import NatsBus
from qpf_runtime.clock import SystemClock
from qpf_runtime.envelope import PacketEnvelope, canonical
from qpf_runtime.wire import write
from tests.faults.world import World, until, world

pytestmark = [pytest.mark.anyio, pytest.mark.network, pytest.mark.slow, pytest.mark.xdist_group("faults")]

AGENT = "tensoraios"
PREFIX = f"qpf.l9.dev.packet.{AGENT}"
USUAL = f"{PREFIX}.score_request.high.outside"
LARGEST = 1024 * 1024


def score(identity: str, **changes: Any) -> PacketEnvelope:
    """A question for a score, from outside."""
    fields = {
        "id": identity,
        "kind": "score_request",
        "priority": "high",
        "source": "outside",
        "target": f"{AGENT}.score_request",
        "correlation_id": identity,
        "created_at": SystemClock().now(),
        "schema_version": "6.0.0",
        "payload": {"request_id": identity, "needs": {"price": 0.5}, "capabilities": {"price": 0.5}},
        **changes,
    }
    return PacketEnvelope.model_validate(fields)


@dataclass(frozen=True)
class Hostile:
    """A message nobody should send.

    Attributes:
        code: What it is refused as.
        subject: Where it is sent to.
        body: What it says; None: what a packet would.
        headers: What it says of itself beyond or instead of what a packet would; None takes one away.
        plain: Whether it says nothing of itself.
        changes: How its envelope differs from a good one.
    """

    code: str
    subject: str = USUAL
    body: bytes | None = None
    headers: dict[str, str | None] = field(default_factory=dict)
    plain: bool = False
    changes: dict[str, Any] = field(default_factory=dict)

    def message(self, identity: str) -> tuple[dict[str, str], bytes]:
        """Spell it."""
        headers, body = write(score(identity, **self.changes), "l9")
        if self.body is not None:
            body = self.body
            headers.pop("ce-digest")
        spelt = {name: value for name, value in (headers | self.headers).items() if value is not None}
        return ({} if self.plain else spelt), body


LATE = SystemClock().now() - timedelta(seconds=1)
HOSTILE = {
    "oversized": Hostile("too_large", body=b'{"needs":"' + b"x" * LARGEST + b'"}'),
    "deep": Hostile("invalid_json", body=b'{"a":' * 100_000),
    "deep and whole": Hostile("invalid_json", body=b'{"a":' * 5000 + b"1" + b"}" * 5000),
    "binary": Hostile("invalid_json", body=os.urandom(4096)),
    "binary and nameless": Hostile("invalid_json", body=os.urandom(4096), plain=True),
    "not an object": Hostile("invalid_json", body=b"[1, 2]", plain=True),
    "not a number": Hostile("invalid_json", body=b'{"needs": {"price": NaN}}'),
    "empty": Hostile("invalid_json", body=b"", plain=True),
    "wrong type": Hostile("invalid_payload", body=canonical({"request_id": 5, "needs": "much"})),
    "nothing in it": Hostile("invalid_payload", body=b"{}", plain=True),
    "another digest": Hostile("digest_mismatch", headers={"ce-digest": f"sha256:{'0' * 64}"}),
    "another's name": Hostile("forged_source", headers={"ce-source": "main_agent.score_request"}),
    "no such sender": Hostile(
        "forged_source",
        subject=f"{PREFIX}.score_request.high.tensor_trainer",
        headers={"ce-source": "tensor_trainer.score_request"},
    ),
    "answers to another": Hostile("forged_source", headers={"qpf-reply": "qpf.l9.dev.reply.main_agent.x"}),
    "another's target": Hostile("misdirected", headers={"ce-subject": "main_agent.match_request"}),
    "another priority": Hostile("misdirected", headers={"ce-priority": "critical"}),
    "no such port": Hostile("unknown_port", subject=f"{PREFIX}.nothing.high.outside"),
    "another kind": Hostile("wrong_kind", changes={"kind": "match_request"}),
    "another version": Hostile("wrong_version", changes={"packet_version": 2}),
    "too late": Hostile("expired", changes={"deadline": LATE}),
    "no name": Hostile("invalid_attribute", headers={"ce-id": None}),
    "no kind": Hostile("invalid_attribute", headers={"ce-type": None}),
    "no specversion": Hostile("invalid_attribute", headers={"ce-specversion": None}),
    "no time": Hostile("invalid_attribute", headers={"ce-time": "yesterday"}),
    "a time without a zone": Hostile("invalid_attribute", headers={"ce-deadline": "2026-01-01T00:00:00"}),
    "no trace": Hostile("invalid_attribute", headers={"traceparent": "zz"}),
    "another media type": Hostile("invalid_attribute", headers={"content-type": "text/html"}),
    "a name of control characters": Hostile("invalid_attribute", headers={"ce-id": "%00%0A"}),
}


class Ordinary:
    """Somebody who asks ordinary questions all the time."""

    def __init__(self, bus: NatsBus) -> None:
        self.answered = 0
        self._bus = bus
        self._task = asyncio.create_task(self._ask())

    async def _ask(self) -> None:
        while True:
            reply = await self._bus.request(score(f"ordinary-{self.answered}"), 10)
            assert reply is not None
            assert reply.kind == "score_result", reply.payload
            self.answered += 1

    async def stop(self) -> None:
        """Stop asking; fails if one question was not answered well."""
        before = self.answered
        await until(lambda: self.answered > before or self._task.done(), "ordinary packets are answered")
        self._task.cancel()
        (outcome,) = await asyncio.gather(self._task, return_exceptions=True)
        assert isinstance(outcome, asyncio.CancelledError), outcome


async def refused(running: World, code: str) -> float:
    """How many messages were refused, or given up, for this reason."""
    figure = running.fleet.figure
    refusals = await asyncio.to_thread(figure, AGENT, "qpf_packets_refused_total", reason=code)
    return max(refusals, await asyncio.to_thread(figure, AGENT, "qpf_dead_letters_total", code=code))


async def test_hostile_messages_are_refused_with_a_reason_and_counted_while_packets_flow(
    dev, tmp_path, nats_server
):
    async with world(dev, tmp_path, nats_server, names=[AGENT]) as running:
        ordinary = Ordinary(running.bus)
        client = await nats.connect(running.server.url)
        jetstream = client.jetstream()
        sent = {}
        for number, (name, hostile) in enumerate(HOSTILE.items()):
            headers, body = hostile.message(f"hostile-{number}")
            stored = await jetstream.publish(hostile.subject, body, headers=headers)
            sent[f"{stored.stream}-{stored.seq}"] = name, hostile.code
        # Somebody else's id under another payload.
        await until(lambda: ordinary.answered > 0, "a packet is handled")
        stolen = score("ordinary-0", payload={"request_id": "stolen", "needs": {}, "capabilities": {}})
        headers, body = write(stolen, "l9")
        stored = await jetstream.publish(USUAL, body, headers=headers)
        sent[f"{stored.stream}-{stored.seq}"] = "a stolen name", "id_reused"
        await client.close()

        async def all_there() -> bool:
            return len(await running.bus.dead_letters.list()) >= len(sent)

        await until(all_there, "each is a dead letter")
        kept = [letter async for letter in origins(running.bus)]
        assert {origin: code for origin, code, _ in kept} == {at: code for at, (_, code) in sent.items()}
        assert len(kept) == len(sent)
        assert all(reason for _, _, reason in kept)
        for code in {code for _, code in sent.values()}:
            times = sum(code == one for _, one in sent.values())
            assert await refused(running, code) == times, code
        await ordinary.stop()
        assert not running.fleet.ended(AGENT)
        assert "Traceback" not in running.fleet.log(AGENT)


async def origins(bus: NatsBus):
    """Give message, code and reason of each dead letter."""
    async for stored in bus.dead_letters._stored(None):
        letter = bus.dead_letters._letter(stored)
        yield stored.headers["qpf-origin"], letter.code, letter.reason


async def test_packets_that_come_again_under_other_message_ids_are_counted_and_have_no_second_effect(
    dev, tmp_path, nats_server
):
    async with world(dev, tmp_path, nats_server, names=[AGENT]) as running:
        packets = [score(f"score-{number}") for number in range(20)]
        # The broker sees another message each time, as it does when its window for duplicates is over.
        first = [await running.bus.request(packet, 10) for packet in packets]
        await asyncio.to_thread(running.fleet.kill, AGENT)
        await asyncio.to_thread(running.fleet.ready, AGENT)
        again = [await running.bus.request(packet, 10) for packet in (*packets, *packets)]
        assert again == first + first
        assert running.fleet.figure(AGENT, "qpf_duplicates_total") == len(again)
        assert len(running.books.handled(AGENT, "score_request")) == len(packets)
