"""The reference fleet, compiled, run and sent to through the real command line."""

import json
import shutil
import signal
import sqlite3
from pathlib import Path

import pytest

from qpf_runtime.fleet import LocalFleet
from tests.command import run as qpf
from tests.runtime.running import running

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"


def send(root, name):
    arguments = ["send", "main_agent", str(EXAMPLES / f"{name}.json"), "--env", "dev", "-o", "json"]
    status, output = qpf(arguments, root)
    assert status == 0, output
    return json.loads(output[output.index("{") :])


@pytest.fixture
def root(tmp_path):
    """The compiled fleet, away from the sources: a run leaves traces."""
    status, output = qpf(["compile", "--env", "dev", "--out", str(tmp_path / "environments")], ROOT)
    assert status == 0, output
    shutil.copytree(ROOT / "logic", tmp_path / "logic", ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


@pytest.mark.network
@pytest.mark.slow
def test_a_match_request_travels_and_an_unsure_one_is_escalated_and_audited(root):
    with running(root) as (process, _):
        approved = send(root, "match_request")
        escalated = send(root, "low_confidence")
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=20)
    assert process.returncode == 0, errors
    assert approved["via"].startswith("the fleet at http://127.0.0.1:")
    assert approved["reply"]["payload"]["decision"] == "approved"
    assert approved["reply"]["payload"]["confidence"] >= 0.9
    for document in (approved, escalated):
        methods = [hop.partition(".")[2] for hop in document["path"]]
        expected = ["validate_packet", "enrich_context", "request_scores", "score_match", "reason"]
        expected += ["apply_governance", "remember", "build_reply"]
        assert [method for method in methods if method in expected] == expected
        assert "tensoraios.score_match" in document["path"]
    assert escalated["reply"]["payload"]["decision"] == "escalated"
    assert "governance_auditor" in {
        turn["agent"] for turn in escalated["turns"] if turn["kind"] == "escalation"
    }
    assert all(turn["failure"] is None for turn in approved["turns"] + escalated["turns"])
    correlation = escalated["reply"]["correlation_id"]
    for agent, outcome in (("main_agent", "escalated"), ("governance_auditor", "urgent")):
        connection = sqlite3.connect(root / ".qpf" / "data" / "dev" / f"{agent}.db")
        query = "SELECT outcome FROM audit WHERE correlation_id = ?"
        assert (outcome,) in connection.execute(query, (correlation,)).fetchall()
        connection.close()


@pytest.mark.slow
@pytest.mark.anyio
async def test_those_who_are_only_told_need_not_run(root, caplog):
    request = json.loads((EXAMPLES / "match_request.json").read_text())
    async with LocalFleet(root / "environments" / "dev", ["main_agent", "tensoraios"]) as fleet:
        reply, _ = await fleet.send("main_agent", "match_request", request["payload"])
        assert await fleet.runtime.settled(5)
    assert reply.payload["decision"] == "approved"
    assert "match_outcome for tensor_trainer.match_outcome is lost" in caplog.text
