"""What a stranger sends by HTTP is refused with a reason and counted; nothing crashes and nothing is done."""

import asyncio
from datetime import timedelta

import pytest

from tests.runtime.test_http import face
from tests.runtime.world import answer_double

pytestmark = pytest.mark.anyio


def counted(text, reason):
    return f'qpf_packets_refused_total{{agent="solo",reason="{reason}"}}' in text


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b'{"number": 1, "number": 2}', "given twice"),
        (b'{"number": 1e999}', "too large a number"),
        (b'{"number": "\\ud800"}', "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b'{"a":' * 150 + b"1" + b"}" * 150, None),
        (b'"text"', "must be a JSON object"),
        (b"", "not JSON"),
        (b"9" * 5000, "not JSON"),
    ],
)
async def test_a_body_that_is_not_plainly_json_is_refused(runtime, body, told):
    _, _, http = await face(runtime)
    async with http:
        for path in ("/packets?port=ask", "/packets"):
            answer = await http.post(path, content=body)
            assert 400 <= answer.status_code < 500, answer.text
            if told is not None:
                assert answer.json()["error"]["code"] == "invalid_json"
                assert told in answer.json()["error"]["message"]


@pytest.mark.parametrize(
    "headers",
    [
        {"content-type": "text/plain"},
        {"content-type": "application/json; charset=utf-16"},
        {"content-type": "multipart/form-data; boundary=x"},
        {"content-encoding": "gzip"},
    ],
)
async def test_a_body_of_another_type_is_refused(runtime, headers):
    _, _, http = await face(runtime)
    async with http:
        answer = await http.post("/packets?port=ask", content=b'{"number": 1}', headers=headers)
        assert (answer.status_code, answer.json()["error"]["code"]) == (415, "unsupported_media_type")
        assert counted((await http.get("/metrics")).text, "unsupported_media_type")
        good = {"content-type": 'Application/JSON; Charset="UTF-8"'}
        assert (
            await http.post("/packets?port=ask", content=b'{"number": 1}', headers=good)
        ).status_code == 200


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"source": "main_agent.out"}, 403, "forged_source"),
        ({"path": ("main_agent.step",)}, 403, "forged_source"),
        ({"kind": "answer"}, 422, "wrong_kind"),
        ({"packet_version": 9}, 422, "wrong_version"),
        ({"target": "solo.none"}, 404, "unknown_port"),
        ({"target": "other.ask"}, 404, "unknown_port"),
        ({"target": "solo"}, 404, "unknown_port"),
        ({"payload": {"number": 7}}, 422, "invalid_digest"),
    ],
)
async def test_an_envelope_that_lies_is_refused(runtime, change, status, code):
    agent, _, http = await face(runtime)
    forged = agent.envelope("ask", {"number": 1}).model_copy(update=change)
    async with http:
        for headers in ({}, {"prefer": "respond-async"}):
            answer = await http.post("/packets", content=forged.model_dump_json(), headers=headers)
            assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
        assert counted((await http.get("/metrics")).text, code)
    assert await agent.ledger.seen(forged.id) is None


async def test_a_body_that_grows_when_it_is_sent_is_refused(runtime):
    _, _, http = await face(runtime)
    numbers = ",".join(["1e15"] * 100_000)
    async with http:
        answer = await http.post("/packets?port=ask", content=f'{{"number": [{numbers}]}}')
    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "too_large")


async def test_a_packet_past_its_deadline_is_refused(runtime, clock):
    agent, _, http = await face(runtime)
    late = agent.envelope("ask", {"number": 1})
    late = late.model_copy(update={"deadline": clock.now() - timedelta(seconds=1)})
    async with http:
        answer = await http.post("/packets", content=late.model_dump_json())
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "expired")


async def test_a_packet_that_is_sent_again_gets_the_stored_reply(runtime):
    calls = []

    async def count(_agent, turn):
        calls.append(turn.packet.number)

    agent, _, http = await face(runtime, count, answer_double)
    sent = agent.envelope("ask", {"number": 1}).model_dump_json()
    async with http:
        first = await http.post("/packets", content=sent)
        again = await http.post("/packets", content=sent)
        accepted = await http.post("/packets", content=sent, headers={"prefer": "respond-async"})
        text = (await http.get("/metrics")).text
    assert first.json() == again.json() == accepted.json()
    assert calls == [1]
    assert 'qpf_duplicates_total{agent="solo"} 2.0' in text


async def test_an_id_that_was_used_for_another_payload_is_refused(runtime):
    agent, _, http = await face(runtime)
    sent = agent.envelope("ask", {"number": 1})
    other = agent.envelope("ask", {"number": 2}, packet_id=sent.id)
    async with http:
        assert (await http.post("/packets", content=sent.model_dump_json())).status_code == 200
        answer = await http.post("/packets", content=other.model_dump_json())
        assert (answer.status_code, answer.json()["error"]["code"]) == (409, "id_reused")
        assert counted((await http.get("/metrics")).text, "id_reused")


async def test_an_idempotency_key_makes_a_resend_a_duplicate(runtime):
    _, _, http = await face(runtime)
    key = {"idempotency-key": "order 4711"}
    async with http:
        first = await http.post("/packets?port=ask", json={"number": 1}, headers=key)
        again = await http.post("/packets?port=ask", json={"number": 1}, headers=key)
        other = await http.post("/packets?port=ask", json={"number": 2}, headers=key)
        empty = await http.post(
            "/packets?port=ask", json={"number": 2}, headers={"idempotency-key": "x" * 201}
        )
        without = await http.post("/packets?port=ask", json={"number": 1})
    assert first.json() == again.json() != without.json()
    assert (other.status_code, empty.status_code) == (409, 400)
    # A sender may not choose the id of a packet that is still to come.
    assert first.json()["causation_id"].startswith("key-")


async def test_a_resend_while_the_first_is_under_way_gets_the_same_reply(runtime):
    going, go = asyncio.Event(), asyncio.Event()
    calls = []

    async def wait(_agent, turn):
        calls.append(turn.packet.number)
        going.set()
        await go.wait()

    _, _, http = await face(runtime, wait, answer_double)
    key = {"idempotency-key": "k"}
    async with http:
        first = asyncio.create_task(http.post("/packets?port=ask", json={"number": 1}, headers=key))
        await going.wait()
        again = asyncio.create_task(http.post("/packets?port=ask", json={"number": 1}, headers=key))
        other = await http.post("/packets?port=ask", json={"number": 2}, headers=key)
        go.set()
        assert (await first).json() == (await again).json()
    assert other.status_code == 409
    assert calls == [1]


async def test_a_traceparent_is_honoured_and_a_bad_one_ignored(runtime):
    agent, _, http = await face(runtime)
    trace = "ab" * 16
    async with http:
        for header, honoured in [
            (f"00-{trace}-{'cd' * 8}-01", True),
            (f"00-{trace}-{'0' * 16}-01", False),
            (f"00-{trace.upper()}-{'cd' * 8}-01", False),
            ("nonsense", False),
        ]:
            bare = await http.post("/packets?port=ask", json={"number": 1}, headers={"traceparent": header})
            assert (bare.json()["traceparent"][3:35] == trace) is honoured
        sent = agent.envelope("ask", {"number": 1}).model_copy(
            update={"traceparent": f"00-{trace}-{'cd' * 8}-01"}
        )
        assert (await http.post("/packets", content=sent.model_dump_json())).json()["traceparent"][
            3:35
        ] == trace


@pytest.mark.parametrize(
    "path", ["/packets?port=ask", "/trail/x", "/manifest", "/approvals", "/openapi.json"]
)
async def test_the_token_is_asked_for(runtime, path):
    _, _, http = await face(runtime, auth_required=True, token="right")  # noqa: S106 -- made up
    method = "POST" if path.startswith("/packets") else "GET"
    async with http:
        for given in (None, "Bearer wrong", "Bearer", "Basic right", "Bearer r\xefght", "right"):
            headers = {"authorization": given.encode("latin-1")} if given else {}
            answer = await http.request(method, path, headers=headers)
            assert (answer.status_code, answer.json()["error"]["code"]) == (401, "unauthorized")
            assert answer.headers["www-authenticate"].startswith("Bearer")
        answer = await http.request(
            method, path, headers={"authorization": "bearer right"}, content=b'{"number": 1}'
        )
        assert answer.status_code == 200


@pytest.mark.parametrize("path", ["/health", "/ready", "/startup", "/metrics"])
async def test_probes_and_figures_are_open(runtime, path):
    _, _, http = await face(runtime, auth_required=True, token="right")  # noqa: S106 -- made up
    async with http:
        assert (await http.get(path)).status_code == 200


async def test_without_a_token_to_compare_with_nobody_passes_and_it_says_why(runtime, caplog):
    _, _, http = await face(runtime, auth_required=True)
    async with http:
        answer = await http.post("/packets?port=ask", json={"number": 1})
    assert answer.status_code == 401
    assert "set QPF_TOKEN" in answer.json()["error"]["message"]
    assert "set QPF_TOKEN" in caplog.text


async def test_a_token_that_is_given_is_asked_for_also_where_the_schema_asks_for_none(runtime):
    _, _, http = await face(runtime, auth_required=False, token="right")  # noqa: S106 -- made up
    async with http:
        assert (await http.post("/packets?port=ask", json={"number": 1})).status_code == 401
