"""A client of the official SDK finds the agent's card and talks to it."""

import asyncio
from contextlib import asynccontextmanager
from uuid import uuid4

import httpx
import pytest
from a2a.client import A2ACardResolver, ClientConfig, ClientFactory
from a2a.helpers.proto_helpers import new_data_message, new_text_message
from a2a.types.a2a_pb2 import GetTaskRequest, Role, SendMessageRequest
from a2a.utils.errors import A2AError, InternalError, InvalidParamsError, TaskNotFoundError
from google.protobuf.json_format import MessageToDict

from qpf_runtime.http import Health, agent_app
from qpf_runtime.listen import Listener, bind
from qpf_runtime.metrics import Metrics
from tests.runtime.world import answer_double, answering

pytestmark = [pytest.mark.anyio, pytest.mark.network]


@asynccontextmanager
async def served(runtime, *steps, token=None, **changes):
    """Serve an agent; gives its address and a client that brings the token."""
    agent = answering(runtime, *(steps or (answer_double,)), **({"auth_required": False} | changes))
    await agent.start()
    app = agent_app(agent, Metrics(), Health(started=True), token=token)
    up = asyncio.Event()
    listener = Listener(app, bind("127.0.0.1", 0), 5, up.set)
    serving = asyncio.create_task(listener.serve())
    await up.wait()
    url = "http://{}:{}".format(*listener.address)
    headers = {"authorization": f"Bearer {token}"} if token else {}
    try:
        async with httpx.AsyncClient(headers=headers, trust_env=False) as http:
            yield url, http
    finally:
        listener.stop()
        await serving


async def connect(url, http):
    card = await A2ACardResolver(http, url).get_agent_card()
    return card, ClientFactory(ClientConfig(httpx_client=http, streaming=False)).create(card)


async def send(client, message):
    message.message_id = message.message_id or str(uuid4())
    (event,) = [event async for event in client.send_message(SendMessageRequest(message=message))]
    return event.message


def said(message):
    return MessageToDict(message.parts[0].data)


def asking(port, payload):
    return new_data_message({"port": port, "payload": payload}, "application/json", role=Role.ROLE_USER)


async def test_the_card_names_ports_as_skills_and_the_token(runtime):
    async with served(runtime, token="right") as (url, http):  # noqa: S106 -- made up
        async with httpx.AsyncClient(trust_env=False) as stranger:
            card = await A2ACardResolver(stranger, url).get_agent_card()
            assert (await stranger.post(f"{url}/a2a", json={})).status_code == 401
        assert (card.name, card.description) == ("solo", "a test agent")
        assert [(skill.id, list(skill.tags)) for skill in card.skills] == [("ask", ["ask"])]
        assert card.supported_interfaces[0].url == f"{url}/a2a"
        assert card.security_schemes["token"].http_auth_security_scheme.scheme == "bearer"
        card, client = await connect(url, http)
        assert said(await send(client, asking("ask", {"number": 4}))) == {"number": 8}


async def test_a_message_is_answered_with_the_reply_of_the_packet(runtime):
    async with served(runtime) as (url, http):
        _, client = await connect(url, http)
        reply = await send(client, asking("ask", {"number": 4}))
        assert said(reply) == {"number": 8}
        assert reply.role == Role.ROLE_AGENT
        assert MessageToDict(reply.metadata)["kind"] == "answer"
        text = new_text_message('{"port": "ask", "payload": {"number": 5}}', role=Role.ROLE_USER)
        assert said(await send(client, text)) == {"number": 10}


async def test_the_same_message_sent_again_is_one_packet(runtime):
    calls = []

    async def count(_agent, turn):
        calls.append(turn.packet.number)

    async with served(runtime, count, answer_double) as (url, http):
        _, client = await connect(url, http)
        message = asking("ask", {"number": 4})
        message.message_id = "m1"
        assert said(await send(client, message)) == said(await send(client, message)) == {"number": 8}
        other = asking("ask", {"number": 5})
        other.message_id = "m1"
        with pytest.raises(InvalidParamsError, match="id_reused"):
            await send(client, other)
    assert calls == [4]


@pytest.mark.parametrize(
    ("message", "error", "told"),
    [
        (asking("other", {"number": 1}), InvalidParamsError, "no input port"),
        (asking("ask", {"number": "x"}), InvalidParamsError, "invalid_payload"),
        (asking("ask", {"number": 13}), InternalError, "step_failed"),
        (new_text_message("hello", role=Role.ROLE_USER), InvalidParamsError, "not JSON"),
        (new_data_message({"port": "ask"}, role=Role.ROLE_USER), InvalidParamsError, "the part must be"),
    ],
)
async def test_what_is_wrong_is_an_error_of_the_protocol(runtime, message, error, told):
    async def unlucky(_agent, turn):
        if turn.packet.number == 13:
            raise ValueError(turn.packet.number)

    async with served(runtime, unlucky, answer_double) as (url, http):
        _, client = await connect(url, http)
        with pytest.raises(error, match=told):
            await send(client, message)


async def test_there_are_no_tasks(runtime):
    async with served(runtime) as (url, http):
        _, client = await connect(url, http)
        with pytest.raises(TaskNotFoundError):
            await client.get_task(GetTaskRequest(id="t1"))
        unknown = asking("ask", {"number": 4})
        unknown.task_id = "t1"
        with pytest.raises(A2AError):
            await send(client, unknown)


async def test_a_body_beyond_bounds_is_refused_before_the_protocol_reads_it(runtime):
    async with served(runtime) as (url, http):
        large = await http.post(f"{url}/a2a", content=b" " * (1024 * 1024 + 1))
        deep = await http.post(f"{url}/a2a", content=b"[" * 100_000)
        odd = await http.post(f"{url}/a2a", json={"jsonrpc": "2.0", "id": 1, "method": "nothing"})
        assert [large.status_code, deep.status_code] == [413, 400]
        assert odd.json()["error"]["code"] == -32601
