"""Held decisions over HTTP: listed, shown and answered once; everything else is refused with a reason."""

from datetime import timedelta
from hashlib import sha256

import httpx
import pytest
from pydantic_core import to_json
from starlette.applications import Starlette
from starlette.exceptions import HTTPException

from qpf_runtime.access import NOBODY, Approvers
from qpf_runtime.approvals_http import approval_routes
from qpf_runtime.errors import ConfigurationError
from qpf_runtime.http import Health, agent_app
from qpf_runtime.metrics import Metrics
from tests.runtime.office import APPROVED, MINUTES, office

pytestmark = pytest.mark.anyio


def client(desk, token="token", approvers=NOBODY, prefix=""):  # noqa: S107 -- a test's
    def authorize(request):
        if request.headers.get("authorization") != "Bearer token":
            raise HTTPException(401)

    app = Starlette(routes=list(approval_routes(desk.agent, authorize, approvers, prefix).values()))
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(app),
        base_url="http://agent",
        headers={"authorization": f"Bearer {token}"},
    )


def digest(token):
    return f"sha256:{sha256(token.encode()).hexdigest()}"


APPROVERS = Approvers({"ada": digest("ada's"), "bob": digest("bob's")})


def answer(by="ada", **changes):
    return {"answer": "approve", "by": by, "note": "fine"} | changes


async def test_a_decision_is_listed_shown_and_answered(runtime):
    desk = await office(runtime)
    held = await desk.hold()
    async with client(desk) as http:
        listed = (await http.get("/approvals", params={"state": "pending"})).json()
        assert [one["id"] for one in listed["approvals"]] == [held.id]
        assert listed["approvals"][0]["packet_id"] == held.envelope.id
        assert "facts" not in listed["approvals"][0]
        shown = (await http.get(f"/approvals/{held.id}")).json()
        assert (shown["facts"]["note"], shown["decision"]["outcome"]) == ("thin", "escalated")
        assert "seal" not in shown["decision"]
        done = await http.post(f"/approvals/{held.id}", json=answer())
        assert (done.status_code, done.json()["state"], done.json()["answered_by"]) == (
            200,
            "approved",
            "ada",
        )
        assert (await http.get("/approvals?state=pending")).json()["approvals"] == []
    assert await desk.told() == APPROVED


async def test_a_second_answer_is_a_conflict_that_names_the_first(runtime):
    desk = await office(runtime)
    held = await desk.hold()
    async with client(desk) as http:
        await http.post(f"/approvals/{held.id}", json=answer())
        second = await http.post(f"/approvals/{held.id}", json=answer("bob", answer="reject"))
    assert second.status_code == 409
    assert second.json()["error"]["code"] == "answered_already"
    assert "approved by ada at 2026-01-01" in second.json()["error"]["message"]


async def test_an_answer_after_the_time_out_is_a_conflict(runtime, clock):
    desk = await office(runtime)
    held = await desk.hold()
    clock.pass_time(timedelta(minutes=MINUTES))
    async with client(desk) as http:
        late = await http.post(f"/approvals/{held.id}", json=answer())
    assert (late.status_code, late.json()["error"]["code"]) == (409, "expired")


@pytest.mark.parametrize(
    ("body", "status", "named"),
    [
        (b"{", 400, "not JSON"),
        (b"[]", 400, "must be a JSON object"),
        (b"null", 400, "must be a JSON object"),
        (b'{"answer": "reject", "by": "ada", "answer": "approve"}', 400, "'answer' is given twice"),
        (b'{"answer": "approve"}', 422, "by: "),
        (b'{"answer": "maybe", "by": "ada"}', 422, "answer: "),
        (b'{"answer": "approve", "by": ""}', 422, "by: "),
        (b'{"answer": "approve", "by": "a\\u0000b"}', 422, "by: "),
        (b'{"answer": "approve", "by": 7}', 422, "by: "),
        (b'{"answer": "approve", "by": "ada", "note": "' + b"x" * 3000 + b'"}', 422, "note: "),
        (b'{"answer": "approve", "by": "ada", "extra": 1}', 422, "extra: "),
        (b'{"answer": "approve", "by": "\\ud800"}', 400, "not JSON"),
        (b"[" * 5000, 400, "not JSON"),
        (b'"' + b"x" * 70_000 + b'"', 413, "bytes"),
    ],
)
async def test_what_is_no_answer_is_refused_and_changes_nothing(runtime, body, status, named):
    desk = await office(runtime)
    held = await desk.hold()
    async with client(desk) as http:
        refused = await http.post(f"/approvals/{held.id}", content=body)
    assert refused.status_code == status
    assert named in refused.json()["error"]["message"]
    assert (await desk.approvals.get(held.id)).state == "pending"


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/approvals?state=odd", 422),
        ("/approvals?limit=0", 422),
        ("/approvals?limit=99999999999999999999", 422),
        ("/approvals?limit=²", 422),
        ("/approvals?after=nothing", 404),
        ("/approvals/nothing", 404),
        ("/approvals/%00", 404),
        ("/approvals/%ff", 404),
    ],
)
async def test_what_is_not_there_is_said(runtime, path, status):
    desk = await office(runtime)
    async with client(desk) as http:
        assert (await http.get(path)).status_code == status


async def test_lists_are_paged(runtime, clock):
    desk = await office(runtime)
    ids = []
    for number in range(3):
        ids.append((await desk.hold(number)).id)
        clock.pass_time(timedelta(seconds=1))
    async with client(desk) as http:
        first = (await http.get("/approvals?limit=2")).json()
        rest = (await http.get("/approvals", params={"limit": 2, "after": first["next"]})).json()
    assert [one["id"] for one in first["approvals"] + rest["approvals"]] == ids
    assert rest["next"] is None


async def test_nobody_looks_or_answers_without_the_token(runtime):
    desk = await office(runtime)
    held = await desk.hold()
    async with client(desk) as http:
        del http.headers["authorization"]
        assert (await http.get("/approvals")).status_code == 401
        assert (await http.get(f"/approvals/{held.id}")).status_code == 401
        assert (await http.post(f"/approvals/{held.id}", json=answer())).status_code == 401
    assert (await desk.approvals.get(held.id)).state == "pending"


async def test_a_persons_token_answers_in_that_persons_name_only(runtime):
    desk = await office(runtime)
    held = await desk.hold()
    where = f"/agents/solo/approvals/{held.id}"
    async with client(desk, "ada's", APPROVERS, "/agents/solo") as http:
        assert (await http.get(where)).status_code == 200
        refused = await http.post(where, json=answer("bob"))
        assert (refused.status_code, refused.json()["error"]["message"]) == (422, "by: the token is ada's")
        done = await http.post(where, json={"answer": "approve"})
    assert (done.status_code, done.json()["answered_by"]) == (200, "ada")


async def test_where_persons_are_known_the_agents_token_may_look_and_not_answer(runtime):
    desk = await office(runtime)
    held = await desk.hold()
    async with client(desk, approvers=APPROVERS) as http:
        assert (await http.get(f"/approvals/{held.id}")).status_code == 200
        refused = await http.post(f"/approvals/{held.id}", json=answer("ada"))
        assert (refused.status_code, refused.json()["error"]["code"]) == (403, "no_approver")
    async with client(desk, "nobody's", APPROVERS) as http:
        assert (await http.post(f"/approvals/{held.id}", json=answer("ada"))).status_code == 401
    assert (await desk.approvals.get(held.id)).state == "pending"


async def test_an_agents_interface_asks_for_a_persons_token_to_answer_and_opens_nothing_else_to_it(runtime):
    desk = await office(runtime)
    held = await desk.hold()
    app = agent_app(desk.agent, Metrics(), Health(started=True), token="token", approvers=APPROVERS)  # noqa: S106
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://agent") as http:
        bearer = {name: {"authorization": f"Bearer {name}"} for name in ("token", "ada's")}
        where = f"/approvals/{held.id}"
        assert (await http.get("/manifest", headers=bearer["ada's"])).status_code == 401
        assert (await http.post(where, json=answer(), headers=bearer["token"])).status_code == 403
        assert (await http.post(where, json=answer(), headers=bearer["ada's"])).status_code == 200


TWINS = to_json({"ada": digest("one"), "bob": digest("one")}).decode()


@pytest.mark.parametrize(
    "text", ["", "{}", "[]", "ada", '{"ada": "hers"}', f'{{"": "{digest("a")}"}}', TWINS]
)
def test_approvers_that_make_no_sense_are_refused(text):
    with pytest.raises(ConfigurationError, match="QPF_APPROVERS"):
        Approvers.read(text)


def test_approvers_are_read_by_name():
    assert Approvers.read(f'{{"ada": "{digest("her own")}"}}') == Approvers({"ada": digest("her own")})
