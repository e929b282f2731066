"""`qpf approvals` lists and answers what waits at running agents."""

import asyncio
import hmac
import json
import os
import socket
import threading
from contextlib import contextmanager
from datetime import UTC, datetime
from hashlib import sha256

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.exceptions import HTTPException

from qpf_plugins.local_run.held_shown import as_list
from qpf_plugins.local_run.place import Place, Running, RunningAgent
from qpf_runtime.access import NOBODY, Approvers
from qpf_runtime.approvals_http import approval_routes
from qpf_runtime.runtime import Runtime
from tests.command import run
from tests.runtime.office import APPROVED, office
from tests.runtime.world import FakeClock, counted

TOKEN = "a-token-for-a-test"  # noqa: S105 -- it opens nothing


class Serving:
    """An agent with waiting decisions behind its HTTP interface, in a thread of its own."""

    def __init__(self, decisions, approvers):
        self.decisions = decisions
        self.approvers = approvers
        self.ids: list[str] = []
        self.told: list[tuple[str, str]] = []
        self.up = threading.Event()
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.socket.getsockname()[1]}"
        self.server: uvicorn.Server | None = None
        self.thread = threading.Thread(target=lambda: asyncio.run(self.serve()))

    async def serve(self):
        clock = FakeClock()
        async with Runtime.in_memory(clock=clock, ids=counted()) as runtime:
            desk = await office(runtime)
            self.ids = [(await desk.hold(number)).id for number in range(self.decisions)]

            def authorize(request):
                given = request.headers.get("authorization", "")
                if not hmac.compare_digest(given, f"Bearer {TOKEN}"):
                    raise HTTPException(401)

            app = Starlette(routes=list(approval_routes(desk.agent, authorize, self.approvers).values()))
            self.server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off"))
            self.up.set()
            await self.server.serve([self.socket])
            self.told = await desk.told()


@contextmanager
def serving(root, decisions=1, approvers=NOBODY):
    agent = Serving(decisions, approvers)
    agent.thread.start()
    place = Place(root, "dev")
    try:
        assert agent.up.wait(10)
        with place.held():
            solo = RunningAgent(name="solo", url=agent.url, token=TOKEN, pid=os.getpid())
            place.write(
                Running(pid=os.getpid(), mode="nats", fleet="fleet", environment="dev", agents={"solo": solo})
            )
            yield agent
    finally:
        if agent.server is not None:
            agent.server.should_exit = True
        agent.thread.join(10)
        # A server that ends before it serves lets its socket be.
        agent.socket.close()


@pytest.fixture
def root(tmp_path):
    (tmp_path / "environments" / "dev").mkdir(parents=True)
    return tmp_path


def approvals(root, *arguments):
    return run(["approvals", *arguments, "--env", "dev"], root)


def test_decisions_are_listed_shown_and_answered(root):
    with serving(root) as agent:
        status, printed = approvals(root, "list", "-o", "json")
        assert status == 0
        (held,) = json.loads(printed)["approvals"]
        assert (held["id"], held["agent"], held["state"]) == (agent.ids[0], "solo", "pending")
        first, *reasons, last = approvals(root, "list")[1].splitlines()
        assert first.startswith(f"{agent.ids[0]}  solo  ")
        assert "  waits until 20" in first
        assert [reason.strip() for reason in reasons] == held["decision"]["reasons"]
        assert last == "1 decision waits; answer: qpf approvals approve|reject ID --env dev"
        shown = approvals(root, "show", agent.ids[0])[1]
        assert '"note": "thin"' in shown
        assert "below its threshold" in shown
        status, printed = approvals(root, "approve", agent.ids[0], "--by", "ada", "--note", "fine")
        assert (status, printed) == (0, f"solo: decision {agent.ids[0]} is approved by ada\n")
        assert approvals(root, "list") == (0, "no decision waits\n")
        assert json.loads(approvals(root, "list", "--state", "all", "-o", "json")[1])["approvals"]
        told = approvals(root, "list", "--state", "all")[1]
        assert "approved by ada at 20" in told.splitlines()[0]
        assert "answer:" not in told
        shown = approvals(root, "show", agent.ids[0])[1]
        assert "note        fine" in shown
        assert "None" not in shown
        status, printed = approvals(root, "reject", agent.ids[0], "--by", "bob")
        assert status == 1
        assert "was approved by ada at" in printed
        assert TOKEN not in shown + printed
    assert agent.told == APPROVED


def test_more_than_a_page_is_listed(root):
    with serving(root, decisions=103) as agent:
        found = json.loads(approvals(root, "list", "--limit", "1000", "-o", "json")[1])["approvals"]
        assert sorted(held["id"] for held in found) == sorted(agent.ids)
        assert len(json.loads(approvals(root, "list", "--limit", "7", "-o", "json")[1])["approvals"]) == 7


def test_where_persons_are_known_one_answers_with_a_token_of_their_own(root):
    (root / "mine").write_text("ada's own\n")
    ada = Approvers({"ada": "sha256:" + sha256(b"ada's own").hexdigest()})
    with serving(root, approvers=ada) as agent:
        status, printed = approvals(root, "approve", agent.ids[0])
        assert (status, "bring the token of a person" in printed) == (2, True)
        mine = ("approve", agent.ids[0], "--token-file", str(root / "mine"))
        status, printed = approvals(root, *mine, "--by", "bob")
        assert (status, "by: the token is ada's" in printed) == (2, True)
        assert approvals(root, *mine) == (0, f"solo: decision {agent.ids[0]} is approved by ada\n")
    assert agent.told == APPROVED


def test_a_rejected_decision_is_said_in_json(root):
    with serving(root) as agent:
        status, printed = approvals(root, "reject", agent.ids[0], "--by", "ada", "-o", "json")
    assert (status, json.loads(printed)["approval"]["outcome"]) == (0, "rejected")
    assert agent.told == []


def test_what_is_not_there_is_said_with_a_remedy(root):
    status, printed = approvals(root, "list")
    assert status == 2
    assert "no fleet runs for dev" in printed
    assert "hint: qpf run --env dev" in printed
    with serving(root):
        status, printed = approvals(root, "approve", "nothing", "--by", "ada")
        assert status == 2
        assert "no running agent holds a decision nothing" in printed
        assert approvals(root, "approve", "../x", "--by", "ada")[0] == 2
        status, printed = approvals(root, "list", "--agent", "sol")
        assert status == 2
        assert "solo" in printed
        status, printed = approvals(root, "approve", "nothing", "--by", "ada", "--agent", "solo")
        assert status == 2


@pytest.mark.parametrize(
    ("expires", "said"),
    [
        ("2026-01-01T12:59:59Z", "(59 min left)"),
        ("2026-01-01T15:00:00+00:00", "(3 h left)"),
        ("2026-01-01T12:00:10Z", "(10 s left)"),
        ("2026-01-08T12:00:00Z", "(7 days left)"),
        ("2026-01-01T11:00:00Z", ": its time has passed"),
    ],
)
def test_a_list_says_how_long_a_decision_still_waits(expires, said):
    held = {
        "id": "1",
        "agent": "solo",
        "kind": "note",
        "severity": "high",
        "state": "pending",
        "expires_at": expires,
        "decision": {"reasons": ["a\x1b[2J"]},
    }
    first, reason, _ = as_list("dev", [held], datetime(2026, 1, 1, 12, tzinfo=UTC)).splitlines()
    assert first.endswith(said)
    assert "\x1b" not in reason
