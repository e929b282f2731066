"""The HTTP face: probes, metrics, and an intake that refuses before it harms."""

import asyncio
import json

import httpx
import pytest

from qpf_runtime.agent import Agent
from qpf_runtime.config import Endpoint, InputPort, Probes
from qpf_runtime.errors import ConfigurationError, PacketRejected
from qpf_runtime.http import Health, agent_app, fleet_app
from qpf_runtime.metrics import Metrics
from qpf_runtime.reading import LARGEST
from qpf_runtime.trail import Trail
from tests.runtime.world import Ask, answer_double, answering, bound, config

pytestmark = pytest.mark.anyio


def client(app):
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://agent")


async def face(runtime, *steps, token=None, package=None, **changes):
    metrics, health = Metrics(), Health(started=True)
    runtime.watchers.append(metrics.watch)
    agent = answering(runtime, *(steps or (answer_double,)), **({"auth_required": False} | changes))
    await agent.start()
    return agent, health, client(agent_app(agent, metrics, health, token=token, package=package))


async def test_probes_tell_where_the_process_is_in_its_life(runtime):
    _, health, http = await face(runtime, probes=Probes(liveness="/livez"))
    health.started = False
    states = [("starting", 200, 503, 503), ("ready", 200, 200, 200), ("draining", 200, 503, 200)]
    async with http:
        for state, live, ready, startup in states:
            health.started, health.draining = state != "starting", state == "draining"
            got = [(await http.get(path)).status_code for path in ("/health", "/livez", "/ready", "/startup")]
            assert got == [live, live, ready, startup], state


async def test_liveness_does_not_ask_dependencies(runtime):
    _, _, http = await face(runtime)
    await runtime.close()
    async with http:
        assert (await http.get("/health")).json() == {"status": "alive"}


async def test_a_bare_payload_and_an_envelope_get_the_reply(runtime):
    agent, _, http = await face(runtime)
    async with http:
        bare = await http.post("/packets?port=ask&priority=critical", json={"number": 4})
        assert (bare.status_code, bare.json()["payload"]) == (200, {"number": 8})
        assert bare.json()["priority"] == "critical"
        sent = agent.envelope("ask", {"number": 5})
        whole = await http.post("/packets", content=sent.model_dump_json())
        assert whole.json()["payload"] == {"number": 10}
        assert whole.json()["causation_id"] == sent.id


@pytest.mark.parametrize(
    ("path", "body", "status", "code"),
    [
        ("/packets?port=ask", b'{"number": ', 400, "invalid_json"),
        ("/packets?port=ask", b"[1]", 400, "invalid_json"),
        ("/packets?port=ask", b'{"number": NaN}', 400, "invalid_json"),
        ("/packets?port=ask", b"\xff\xfe", 400, "invalid_json"),
        ("/packets?port=ask", b'{"a":' * 5000, 400, "invalid_json"),
        ("/packets?port=other", b"{}", 404, "unknown_port"),
        ("/packets?port=ask&priority=urgent", b"{}", 400, "invalid_priority"),
        ("/packets", b'{"number": 4}', 422, "invalid_envelope"),
        ("/packets?port=ask", b" " * (LARGEST + 1), 413, "too_large"),
    ],
)
async def test_what_is_no_packet_is_refused_with_a_reason(runtime, path, body, status, code):
    _, _, http = await face(runtime)
    async with http:
        answer = await http.post(path, content=body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)


async def test_an_endless_body_is_cut_off(runtime):
    _, _, http = await face(runtime)
    sent = 0

    async def endless():
        nonlocal sent
        while True:
            sent += 65536
            yield b" " * 65536

    async with http:
        answer = await asyncio.wait_for(http.post("/packets?port=ask", content=endless()), 5)
    assert answer.status_code == 413
    assert sent <= LARGEST + 3 * 65536


async def test_an_envelope_for_another_agent_is_refused(runtime):
    agent, _, http = await face(runtime)
    sent = agent.envelope("ask", {"number": 1}).model_copy(update={"target": "other.ask"})
    async with http:
        assert (await http.post("/packets", content=sent.model_dump_json())).status_code == 404


async def test_a_failed_turn_has_the_status_of_its_cause(runtime):
    async def fails(_agent, turn):
        raise {1: PacketRejected("no"), 2: ValueError("odd")}[turn.packet.number]

    _, _, http = await face(runtime, fails)
    async with http:
        for body, status, code in [
            ({"number": "x"}, 422, "invalid_payload"),
            ({"number": 1}, 422, "rejected"),
            ({"number": 2}, 500, "step_failed"),
        ]:
            answer = await http.post("/packets?port=ask", json=body)
            assert (answer.status_code, answer.json()["payload"]["code"]) == (status, code)


async def test_a_port_without_reply_is_answered_when_the_bus_has_the_packet(runtime):
    async def notes(agent, _turn):
        await agent.memory.working.put("noted", 1)

    settings = config("quiet", inputs={"ask": InputPort(packet="ask")}, auth_required=False)
    agent = Agent(settings, runtime)
    agent.on("ask", Ask, bound(agent, notes))
    await agent.start()
    async with client(agent_app(agent, Metrics(), Health(started=True))) as http:
        answer = await http.post("/packets?port=ask", json={"number": 1})
        wrong = await http.post("/packets?port=ask", json={"number": "one"})
    assert (answer.status_code, wrong.status_code) == (202, 422)
    assert answer.json()["accepted"]
    assert await runtime.settled(5)
    assert await agent.memory.working.get("noted") == 1


async def test_a_closing_agent_says_so(runtime):
    _, _, http = await face(runtime)
    await runtime.bus.close(1)
    async with http:
        answer = await http.post("/packets?port=ask", json={"number": 1})
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "closing")


async def test_errors_of_http_are_json_too(runtime):
    _, _, http = await face(runtime)
    async with http:
        for answer, status in [(await http.get("/nothing"), 404), (await http.get("/packets"), 405)]:
            assert (answer.status_code, answer.json()["error"]["code"]) == (status, f"http_{status}")


async def test_metrics_count_packets_by_names_that_are_configured(runtime):
    agent, _, http = await face(runtime)
    async with http:
        await http.post("/packets?port=ask", json={"number": 1})
        await http.post("/packets?port=ask", json={"number": "x"})
        stray = agent.envelope("ask", {"number": 1}).model_copy(update={"target": "solo.made-up"})
        await http.post("/packets", content=stray.model_dump_json())
        text = (await http.get("/metrics")).text
    assert 'qpf_packets_total{agent="solo",kind="ask",outcome="done",port="ask"} 1.0' in text
    assert 'qpf_packets_total{agent="solo",kind="ask",outcome="refused",port="ask"} 1.0' in text
    assert 'qpf_packets_refused_total{agent="solo",reason="invalid_payload"} 1.0' in text
    assert 'qpf_packets_refused_total{agent="solo",reason="unknown_port"} 1.0' in text
    assert "made-up" not in text


async def test_an_endpoint_is_the_port_of_its_name(runtime):
    _, _, http = await face(runtime, endpoints={"ask": Endpoint(path="/v1/ask")})
    async with http:
        assert (await http.post("/v1/ask", json={"number": 3})).json()["payload"] == {"number": 6}


async def test_an_endpoint_that_leads_nowhere_is_refused(runtime):
    agent = answering(runtime, answer_double, endpoints={"match": Endpoint(path="/v1/match")})
    with pytest.raises(
        ConfigurationError, match=r"agent solo: endpoint match \(/v1/match\) has no input port"
    ):
        agent_app(agent, Metrics(), Health())


async def test_a_fleet_asks_for_its_token_and_shows_the_way(runtime):
    trail = Trail()
    runtime.watchers.append(trail.watch)
    agent = answering(runtime, answer_double)
    await agent.start()
    app = fleet_app({"solo": agent}, trail, Metrics(), Health(started=True), "secret")
    async with client(app) as http:
        assert (await http.get("/ready")).status_code == 200
        for token in ({}, {"authorization": "Bearer wrong"}, {"authorization": "Bearer sécret".encode()}):
            assert (await http.get("/agents", headers=token)).status_code == 401
            assert (await http.post("/agents/solo/packets?port=ask", headers=token)).status_code == 401
            assert (await http.get("/trail/x", headers=token)).status_code == 401
        http.headers["authorization"] = "Bearer secret"
        agents = (await http.get("/agents")).json()["agents"]
        assert agents["solo"]["inputs"]["ask"] == {"packet": "ask", "priority": "medium", "reply": "answer"}
        assert (await http.post("/agents/nobody/packets", content=b"{}")).status_code == 404
        reply = (await http.post("/agents/solo/packets?port=ask", json={"number": 1})).json()
        (turn,) = (await http.get(f"/trail/{reply['correlation_id']}")).json()["turns"]
    assert turn["hops"] == ["solo.answer_double"]
    assert json.loads(json.dumps(turn))["failure"] is None
