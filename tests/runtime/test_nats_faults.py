"""The bus on a real NATS server while processes, servers and turns fail."""

import asyncio
from contextlib import suppress

import pytest

from qpf_runtime.bus.nats import NatsBus
from qpf_runtime.bus.port import Dead, Done
from qpf_runtime.errors import BusClosed, ConfigurationError, ReplyTimeout
from tests.runtime.nats_world import PATIENCE, TOPOLOGY, Fleet, answer, fleet, packet, taker, until
from tests.servers.nats import nats_server

__all__ = ["fleet", "nats_server"]

pytestmark = pytest.mark.anyio


async def test_a_long_turn_is_not_handed_out_a_second_time(fleet: Fleet):
    patient = taker(ack_wait_seconds=0.4, backoff_seconds=(0.05,))
    await fleet.begin(patient)
    bus, seen = await fleet.bus(), []

    async def take(delivery):
        seen.append(delivery.attempt)
        await asyncio.sleep(1.5)
        return Done()

    await bus.subscribe(patient, take)
    await bus.publish(packet(1))
    assert await bus.idle(PATIENCE)
    assert seen == [1]


async def die_of(fleet: Fleet, config, times: int) -> None:
    """Start an agent that dies of what it is handed, so many times."""
    for _ in range(times):
        dying, died = await fleet.bus(), asyncio.Event()

        async def die(_delivery, died=died):
            died.set()
            await asyncio.sleep(PATIENCE)
            return Done()

        await dying.subscribe(config, die)
        async with asyncio.timeout(PATIENCE):
            await died.wait()
        await dying._connection._client.close()  # as a killed process: nothing is given back
        dying._connection._open = False


async def test_a_packet_that_kills_its_receiver_again_and_again_is_a_dead_letter(fleet: Fleet):
    fragile = taker(ack_wait_seconds=0.2, backoff_seconds=(0.05,), max_deliver=2)
    await fleet.begin(fragile)
    sender = await fleet.bus()
    await sender.publish(packet(1))
    # Twice as any packet, and once by itself.
    await die_of(fleet, fragile, times=3)
    bus, seen = await fleet.bus(), []

    async def take(delivery):
        seen.append(delivery)
        return Done()

    await bus.subscribe(fragile, take)
    (letter,) = await bus.dead_letters.list()
    assert (letter.id, letter.code, letter.attempts) == ("p1", "max_deliveries", 2)
    await until(lambda: bus.idle(0.1))
    assert await fleet.pending() == 0
    assert seen == []


async def test_a_packet_whose_receivers_died_of_another_is_handled_after_all(fleet: Fleet):
    fragile = taker(ack_wait_seconds=0.2, backoff_seconds=(0.05,), max_deliver=2)
    await fleet.begin(fragile)
    sender = await fleet.bus()
    await sender.publish(packet(1))
    await die_of(fleet, fragile, times=2)
    bus, handled = await fleet.bus(), asyncio.Event()

    async def take(delivery):
        assert (delivery.envelope.id, delivery.last) == ("p1", True)
        handled.set()
        return Done()

    await bus.subscribe(fragile, take)
    async with asyncio.timeout(PATIENCE):
        await handled.wait()

    async def forgotten() -> bool:
        return await bus.dead_letters.list() == ()

    await until(forgotten)
    assert await fleet.pending() == 0


async def test_an_agent_that_comes_up_while_the_server_goes_down_may_try_again(fleet: Fleet):
    await fleet.begin(taker())
    bus, seen = await fleet.bus(), []

    async def take(delivery):
        seen.append(delivery.envelope.id)
        return Done()

    await fleet.crash()
    with pytest.raises(BusClosed, match="does not say whether it has stream"):
        await bus.subscribe(taker(), take)
    await fleet.come_back()
    await bus.subscribe(taker(), take)
    await bus.publish(packet(1))
    await until(lambda: seen == ["p1"])


async def test_closing_finishes_what_was_taken_up_and_leaves_the_rest(fleet: Fleet):
    await fleet.begin(taker(concurrency=2))
    bus, done, entered = await fleet.bus(), [], asyncio.Event()

    async def take(delivery):
        entered.set()
        await asyncio.sleep(0.05)
        done.append(delivery.envelope.id)
        return Done()

    sender = await fleet.bus()
    for number in range(30):
        await sender.publish(packet(number))
    await bus.subscribe(taker(concurrency=2), take)
    await entered.wait()
    assert await bus.close(PATIENCE) == 0
    with pytest.raises(BusClosed):
        await bus.publish(packet(99))

    async def the_rest_is_there() -> bool:
        return await fleet.pending() == 30 - len(done)

    await until(the_rest_is_there)


async def test_what_cannot_finish_in_time_is_given_back(fleet: Fleet):
    one = taker(concurrency=1, ack_wait_seconds=30.0)
    await fleet.begin(one)
    bus, other, entered, seen = await fleet.bus(), await fleet.bus(), asyncio.Event(), []

    async def hang(_delivery):
        entered.set()
        await asyncio.sleep(PATIENCE)
        return Done()

    async def take(delivery):
        seen.append((delivery.envelope.id, delivery.attempt))
        return Done()

    await bus.subscribe(one, hang)
    await bus.publish(packet(1))
    await entered.wait()
    assert await bus.close(0.05) == 1
    await other.subscribe(one, take)
    await until(lambda: seen == [("p1", 2)])


async def test_a_killed_server_loses_nothing_that_was_accepted(fleet: Fleet):
    steady = taker(ack_wait_seconds=0.5, max_deliver=20, backoff_seconds=())
    await fleet.begin(steady)
    bus, sender, handled = await fleet.bus(), await fleet.bus(), []

    async def take(delivery):
        await asyncio.sleep(0)
        handled.append(delivery.envelope.id)
        return Done(answer(delivery.envelope))

    await bus.subscribe(steady, take)
    accepted: list[str] = []

    async def send(first: int) -> None:
        for number in range(first, first + 100):
            while True:
                with suppress(BusClosed):
                    await sender.publish(packet(number))
                    break
            accepted.append(f"p{number}")

    async def ask(number: int) -> None:
        while True:
            with suppress(BusClosed, ReplyTimeout):
                assert await sender.request(packet(f"-ask-{number}"), 2.0) == answer(packet(f"-ask-{number}"))
                return

    async with asyncio.timeout(4 * PATIENCE):
        sending = [asyncio.create_task(send(100 * number)) for number in range(4)]
        asking = [asyncio.create_task(ask(number)) for number in range(20)]
        for step in (1, 2):
            await until(lambda step=step: len(accepted) >= 100 * step)
            await fleet.crash()
            await until(lambda: not bus.connected)
            await fleet.come_back()
        await asyncio.gather(*sending, *asking)
    assert await bus.idle(PATIENCE)
    assert set(accepted) <= set(handled)
    assert len(accepted) == 400
    assert await fleet.pending() == 0


async def test_while_the_server_is_away_senders_are_told(fleet: Fleet, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("qpf_runtime.bus.nats.PUBLISH_WITHIN", 0.2)
    await fleet.begin(taker())
    bus = await fleet.bus()
    await fleet.crash()
    await until(lambda: not bus.connected)
    with pytest.raises(BusClosed, match="cannot be reached"):
        await bus.publish(packet(1))
    await fleet.come_back()
    await until(lambda: bus.connected)
    await bus.publish(packet(1))


async def test_without_a_server_or_a_queue_it_does_not_open(fleet: Fleet, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("qpf_runtime.bus.connection.CONNECT_WITHIN", 0.3)
    with pytest.raises(BusClosed, match=r"no NATS server answers at nats://127\.0\.0\.1:1 within"):
        await NatsBus("nats://127.0.0.1:1", TOPOLOGY).open()
    await fleet.begin(taker())
    bus = await fleet.bus()

    async def take(_delivery):
        return Done()

    with pytest.raises(
        ConfigurationError, match=r"consumer critical of stream .* declared otherwise.*max_deliver"
    ):
        await bus.subscribe(taker(max_deliver=9), take)
    other = taker().model_copy(update={"name": "other"})
    with pytest.raises(ConfigurationError, match="the server has no stream qpf_demo_dev_other; apply"):
        await bus.subscribe(other, take)


async def test_an_error_that_closes_the_client_is_survived(fleet: Fleet):
    await fleet.begin(taker())
    bus, seen = await fleet.bus(), []

    async def take(delivery):
        seen.append(delivery.envelope.id)
        return Done(answer(delivery.envelope))

    await bus.subscribe(taker(), take)
    closed = bus._connection._client
    await closed._process_err("'Maximum Payload Violation'")  # what it does when the server says so
    await until(lambda: closed.is_closed)
    assert await bus.request(packet(1), PATIENCE) == answer(packet(1))
    assert seen == ["p1"]


async def test_closing_while_the_server_is_away_ends(fleet: Fleet):
    await fleet.begin(taker())
    bus, entered = await fleet.bus(), asyncio.Event()

    async def take(_delivery):
        entered.set()
        await asyncio.sleep(PATIENCE)
        return Done()

    await bus.subscribe(taker(), take)
    await bus.publish(packet(1))
    await entered.wait()
    await fleet.crash()
    await until(lambda: not bus.connected)
    async with asyncio.timeout(PATIENCE):
        assert await bus.close(0.1) == 1


async def test_a_dead_letter_waits_for_the_server(fleet: Fleet):
    await fleet.begin(taker(ack_wait_seconds=30.0))
    bus, entered, go = await fleet.bus(), asyncio.Event(), asyncio.Event()

    async def take(_delivery):
        entered.set()
        await go.wait()
        return Dead("rejected", "no")

    await bus.subscribe(taker(ack_wait_seconds=30.0), take)
    await bus.publish(packet(1))
    await entered.wait()
    await fleet.crash()
    await until(lambda: not bus.connected)
    go.set()
    await fleet.come_back()
    await until(lambda: bus.connected)
    assert await bus.idle(PATIENCE)
    assert [letter.code for letter in await bus.dead_letters.list()] == ["rejected"]
