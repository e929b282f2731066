"""When the HTTP interface says accepted, when it says later, and what it tells of what happened."""

import pytest

from qpf_runtime.errors import BusClosed, QueueFull, Undeliverable
from qpf_runtime.http import Health, fleet_app
from qpf_runtime.metrics import Metrics
from qpf_runtime.trail import Trail
from tests.runtime.test_http import client, face
from tests.runtime.world import fleet

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(("path", "prefer"), [("&wait=false", ""), ("", "respond-async, wait=10")])
async def test_who_does_not_wait_is_told_that_the_packet_was_accepted(runtime, path, prefer):
    agent, _, http = await face(runtime)
    async with http:
        answer = await http.post(f"/packets?port=ask{path}", json={"number": 1}, headers={"prefer": prefer})
        assert answer.status_code == 202
        accepted = answer.json()
        assert await runtime.settled(5)
        way = (await http.get(answer.headers["location"])).json()
    (entry,) = way["entries"]
    assert (entry["packet_id"], entry["correlation_id"]) == (accepted["accepted"], accepted["correlation_id"])
    assert entry["reply"]["payload"] == {"number": 2}
    assert entry["hops"] == ["solo.answer_double"]
    assert way["agent"] == agent.name


async def test_a_wrong_packet_nobody_waits_for_is_refused_while_its_sender_can_hear_it(runtime):
    _, _, http = await face(runtime)
    async with http:
        answer = await http.post("/packets?port=ask&wait=false", json={"number": "one"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "invalid_payload")
    assert answer.json()["error"]["fields"][0]["field"] == "number"


@pytest.mark.parametrize(
    ("error", "status", "code", "again"),
    [
        (QueueFull("full"), 429, "queue_full", "1"),
        (BusClosed("closing"), 503, "closing", "1"),
        (Undeliverable("nobody"), 503, "undeliverable", None),
    ],
)
async def test_backpressure_reaches_the_sender(runtime, monkeypatch, error, status, code, again):
    _, _, http = await face(runtime)

    async def refuse(*_arguments):
        raise error

    monkeypatch.setattr(runtime.bus, "publish", refuse)
    monkeypatch.setattr(runtime.bus, "request", refuse)
    async with http:
        for wait in ("true", "false"):
            answer = await http.post(f"/packets?port=ask&wait={wait}", json={"number": 1})
            assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
            assert answer.headers.get("retry-after") == again


async def test_before_the_start_packets_are_refused_for_now(runtime):
    _, health, http = await face(runtime)
    health.started = False
    async with http:
        answer = await http.post("/packets?port=ask", json={"number": 1})
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "starting")
    assert answer.headers["retry-after"] == "1"


async def test_readiness_goes_by_flags_and_names_what_is_missing(runtime):
    agent, health, http = await face(runtime)
    connected = False
    health.flags = {"bus": lambda: connected, "database": lambda: agent.database.available}
    async with http:
        answer = await http.get("/ready")
        assert (answer.status_code, answer.json()) == (503, {"status": "unavailable", "missing": ["bus"]})
        assert (await http.get("/health")).status_code == 200
        connected = True
        assert (await http.get("/ready")).status_code == 200


async def test_the_ledger_that_does_not_answer_is_a_passing_failure(runtime, monkeypatch):
    from qpf_runtime.errors import Unavailable

    agent, _, http = await face(runtime)

    async def locked(*_arguments):
        msg = "the database is locked"
        raise Unavailable(msg)

    monkeypatch.setattr(agent.ledger, "seen", locked)
    monkeypatch.setattr(agent.ledger, "of", locked)
    async with http:
        got = [
            await http.get("/trail/x"),
            await http.post("/packets?port=ask", json={"number": 1}, headers={"idempotency-key": "k"}),
        ]
    for answer in got:
        assert (answer.status_code, answer.json()["error"]["code"]) == (503, "unavailable")
        assert answer.headers["retry-after"] == "1"


async def test_the_way_of_a_packet_is_found_whatever_its_id_looks_like(runtime):
    agent, _, http = await face(runtime)
    odd = agent.envelope("ask", {"number": 1}, packet_id="a/b?c=%2F#d&e")
    async with http:
        sent = await http.post("/packets", content=odd.model_dump_json(), headers={"prefer": "respond-async"})
        assert await runtime.settled(5)
        (entry,) = (await http.get(sent.headers["location"])).json()["entries"]
    assert entry["packet_id"] == odd.id


async def test_nobody_is_on_no_trail(runtime):
    _, _, http = await face(runtime)
    async with http:
        assert (await http.get("/trail/nobody")).json()["entries"] == []


async def test_an_id_under_which_another_packet_was_just_accepted_is_refused(runtime):
    agent, _, http = await face(runtime)
    first = agent.envelope("ask", {"number": 1})
    other = agent.envelope("ask", {"number": 2}, packet_id=first.id)
    headers = {"prefer": "respond-async"}
    async with http:
        got = [
            await http.post("/packets", content=one.model_dump_json(), headers=headers)
            for one in (first, first, other)
        ]
    assert [answer.status_code for answer in got[::2]] == [202, 409]
    assert got[1].status_code in {200, 202}


async def test_each_agent_of_a_fleet_has_its_own_addresses(runtime):
    agents = await fleet(runtime)
    app = fleet_app(agents, Trail(), Metrics(), Health(started=True), "right")
    async with client(app) as http:
        for name in agents:
            for path in ("manifest", "trail/x", "approvals"):
                refused = await http.get(f"/agents/{name}/{path}")
                assert refused.status_code == 401, path
        http.headers["authorization"] = "Bearer right"
        for name, agent in agents.items():
            described = (await http.get(f"/agents/{name}/manifest")).json()
            assert (described["agent"], set(described["inputs"])) == (name, set(agent.config.inputs))
            assert (await http.get(f"/agents/{name}/trail/x")).json()["entries"] == []
            assert (await http.get(f"/agents/{name}/approvals")).status_code == 200
            assert (await http.get(f"/agents/{name}/metrics")).status_code == 200
        nobody = await http.get("/agents/nobody/manifest")
    assert "no agent nobody runs here" in nobody.json()["error"]["message"]
