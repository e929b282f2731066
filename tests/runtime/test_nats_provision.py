"""What is declared is made, made again without a change, and never made smaller."""

from collections.abc import AsyncIterator

import nats.errors
import pytest
from nats.js import JetStreamContext, api

from qpf_runtime.bus.connection import Connection
from qpf_runtime.bus.declare import BusDeclaration, declaration
from qpf_runtime.bus.provision import apply, check
from qpf_runtime.errors import ConfigurationError
from tests.runtime.nats_world import taker
from tests.servers.nats import nats_server

__all__ = ["nats_server"]

pytestmark = pytest.mark.anyio

STREAM = "qpf_demo_dev_taker"


@pytest.fixture
async def js(nats_server) -> AsyncIterator[JetStreamContext]:
    connection = Connection((await nats_server()).url, "outside")
    await connection.open()
    yield connection.jetstream()
    await connection.close()


def declared(**delivery) -> BusDeclaration:
    return declaration([taker(**delivery)])


async def test_what_is_declared_is_there_and_stays_when_it_is_declared_again(js: JetStreamContext):
    await apply(js, declared())
    await check(js, declared().streams)
    await js.publish("qpf.demo.dev.packet.taker.ask.low.outside", b"{}")
    before = await js.streams_info()
    await apply(js, declared())
    assert [(each.config, each.state.messages) for each in before] == [
        (each.config, each.state.messages) for each in await js.streams_info()
    ]


async def test_it_grows_with_its_declaration(js: JetStreamContext):
    await apply(js, declared(queue_limit=5))
    more = declared(queue_limit=9, max_in_flight=7, max_deliver=6, backoff_seconds=(0.1, 0.7))
    with pytest.raises(ConfigurationError, match="max_msgs_per_subject is 5, declared 9"):
        await check(js, more.streams)
    await apply(js, more)
    await check(js, more.streams)


async def test_how_many_copies_there_are_is_not_the_agents_business(
    js: JetStreamContext, monkeypatch: pytest.MonkeyPatch
):
    await apply(js, declared())
    asked = js.stream_info

    async def of_three(name: str) -> api.StreamInfo:
        found = await asked(name)
        found.config.num_replicas = 3
        return found

    monkeypatch.setattr(js, "stream_info", of_three)
    await check(js, declared().streams)
    # A server by itself would refuse to make it three, and one of three would make it one.
    await apply(js, declared())


async def test_a_server_that_does_not_answer_is_named(js: JetStreamContext, monkeypatch: pytest.MonkeyPatch):
    async def silence(_config: api.StreamConfig) -> api.StreamInfo:
        raise nats.errors.TimeoutError

    monkeypatch.setattr(js, "add_stream", silence)
    with pytest.raises(ConfigurationError, match=f"does not answer about stream {STREAM}"):
        await apply(js, declared())


async def test_one_of_several_addresses_is_enough(nats_server):
    connection = Connection(f"nats://127.0.0.1:1,{(await nats_server()).url}", "outside")
    await connection.open()
    assert connection.connected
    await connection.close()


async def test_another_agent_joins(js: JetStreamContext):
    await apply(js, declared())
    both = declaration([taker(), taker().model_copy(update={"name": "other"})])
    await apply(js, both)
    await check(js, both.streams)


async def test_what_could_lose_packets_is_refused(js: JetStreamContext):
    await apply(js, declared(queue_limit=9, dead_letter_retention="2 days"))
    with pytest.raises(
        ConfigurationError, match=f"{STREAM} has max_msgs_per_subject 9 and would get 5; packets"
    ):
        await apply(js, declared(queue_limit=5, dead_letter_retention="2 days"))
    with pytest.raises(ConfigurationError, match="qpf_demo_dev_dead has max_age 172800 and would get 7200"):
        await apply(js, declared(queue_limit=9, dead_letter_retention="2 hours"))
    both = declaration([taker(), taker().model_copy(update={"name": "other"})])
    await apply(js, both)
    with pytest.raises(ConfigurationError, match=r"advisories would no longer take .*qpf_demo_dev_other"):
        await apply(js, declared())


async def test_a_stream_of_another_nature_is_named(js: JetStreamContext):
    await js.add_stream(api.StreamConfig(name=STREAM, subjects=["qpf.demo.dev.packet.taker.>"]))
    with pytest.raises(
        ConfigurationError, match=f"{STREAM} exists with retention limits on file; that cannot"
    ):
        await apply(js, declared())


async def test_a_stream_in_the_way_is_named(js: JetStreamContext):
    await js.add_stream(api.StreamConfig(name="mine", subjects=["qpf.>"]))
    with pytest.raises(ConfigurationError, match=f"the server refuses stream {STREAM}: subjects overlap"):
        await apply(js, declared())
