"""The reference fleet, one process an agent, on a NATS server of its own, through the real command line."""

import json
import os
import signal
import subprocess
import sys

import httpx
import pytest

from tests.command import run as qpf
from tests.runtime.on_nats import (
    AGENTS,
    GENEROUS,
    answered,
    copied,
    flat,
    note,
    of_this_fleet,
    running,
    send,
    traced,
    until,
)

pytestmark = [pytest.mark.network, pytest.mark.slow, pytest.mark.xdist_group("local_run_nats")]


INQUIRY = {
    "record_id": "r-1",
    "buyer_account": "northwind",
    "supplier_account": "polyfab",
    "material": "HDPE",
    "volume_tonnes": 20,
    "capacity_tonnes": 25,
    "price_limit": 1.5,
    "price_offer": 1.4,
    "quality_needed": 70,
    "quality_rating": 85,
    "lead_time_wanted": 30,
    "lead_time_offered": 20,
}


@pytest.fixture(scope="module")
def fleet(tmp_path_factory):
    root = copied(tmp_path_factory.mktemp("fleet"))
    with running(root) as (_, said):
        yield root, said


def test_one_command_starts_every_agent_in_a_process_of_its_own(fleet):
    root, said = fleet
    assert (said["version"], said["mode"], said["durable"], sorted(said["agents"])) == (
        1,
        "nats",
        True,
        AGENTS,
    )
    assert said["bus"].startswith("nats://127.0.0.1:")
    pids = {agent["pid"] for agent in said["agents"].values()}
    assert len(pids | {said["pid"]}) == len(AGENTS) + 1
    assert set(of_this_fleet(root)) >= pids
    assert {(root / ".qpf" / "run" / "dev.json").stat().st_mode & 0o777} == {0o600}


def test_a_match_request_crosses_every_agent_the_glue_names(fleet):
    root, _ = fleet
    document = send(root, "main_agent.match_request", "match_request")
    assert document["reply"]["payload"]["decision"] == "approved"
    way = traced(
        root, document["correlation_id"], {"main_agent", "tensoraios", "tensor_trainer", "governance_auditor"}
    )
    (request,) = way["packets"]
    assert (request["kind"], request["agent"], request["source"]) == (
        "match_request",
        "main_agent",
        "outside",
    )
    assert {(turn["kind"], turn["agent"]) for turn in request["caused"]} == {
        ("score_request", "tensoraios"),
        ("match_outcome", "tensor_trainer"),
        ("match_outcome", "governance_auditor"),
    }
    assert all(turn["seconds"] > 0 for turn in flat(way["packets"]))


def test_a_record_of_the_domain_crosses_all_five(fleet):
    root, _ = fleet
    file = root / "inquiry.json"
    file.write_text(json.dumps({"kind": "plastos_inquiry", "payload": INQUIRY}))
    document = send(root, "plastos_adapter", str(file))
    assert document["reply"]["kind"] == "plastos_recommendation"
    way = traced(root, document["correlation_id"], set(AGENTS))
    assert [turn["agent"] for turn in way["packets"]] == ["plastos_adapter"]


def test_every_agent_answers_probes_metrics_and_manifest(fleet):
    root, _ = fleet
    for name, agent in note(root)["agents"].items():
        with httpx.Client(
            base_url=agent["url"], headers={"authorization": f"Bearer {agent['token']}"}, trust_env=False
        ) as client:
            for path in ("/health", "/ready", "/startup", "/metrics", "/manifest"):
                answer = client.get(path)
                assert answer.status_code == 200, (name, path, answer.text)
            assert client.get("/manifest").json()["agent"] == name
            assert f'agent="{name}"' in client.get("/metrics").text


def test_packets_are_seen_as_they_pass(fleet):
    root, _ = fleet
    command = [
        sys.executable,
        "-m",
        "qpf",
        "-C",
        str(root),
        "tail",
        "--env",
        "dev",
        "--count",
        "4",
        "-o",
        "json",
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as watching:
        assert watching.stderr.readline() == "listening; Ctrl-C ends\n"
        send(root, "main_agent", "match_request")
        out, err = watching.communicate(timeout=GENEROUS)
    seen = [json.loads(line) for line in out.splitlines()]
    assert err == ""
    kinds = {(passed["packet"]["kind"], passed["answer"]) for passed in seen}
    assert kinds >= {("match_request", False), ("score_request", False)}


def test_packets_sent_at_a_rate_are_summed_up(fleet):
    root, _ = fleet
    document = send(root, "main_agent", "match_request", "--rate", "20", "--count", "20")
    assert (document["sent"], document["answered"], document["refused"]) == (20, 20, {})


def test_a_packet_without_wait_is_accepted_and_followed(fleet):
    root, _ = fleet
    document = send(root, "main_agent", "match_request", "--no-wait")
    assert document["reply"] is None
    traced(root, document["correlation_id"], {"main_agent", "tensoraios"})


def test_a_poison_packet_waits_with_its_reason_and_is_replayed(fleet):
    root, _ = fleet
    publish_raw(root, "governance_auditor", "decision", "medium", b'{"not": "an outcome"}')

    def letters():
        status, output = qpf(
            ["dlq", "list", "--env", "dev", "--agent", "governance_auditor", "-o", "json"], root
        )
        assert status == 0, output
        return answered(output)["dead_letters"] or None

    (letter,) = until(letters, "the dead letter")
    assert (letter["agent"], letter["attempts"]) == ("governance_auditor", 1)
    assert letter["reason"]
    status, output = qpf(["dlq", "show", letter["id"], "--env", "dev"], root)
    assert (status, letter["code"] in output, '"not": "an outcome"' in output) == (0, True, True)
    status, output = qpf(["dlq", "list", "--env", "dev"], root)
    assert (status, letter["id"] in output) == (0, True)
    status, output = qpf(["dlq", "replay", letter["id"], "--env", "dev"], root)
    assert status == 0, output
    # Nothing was mended: it is given up again, as a letter of its own or the same one.
    until(letters, "the second dead letter")
    status, output = qpf(["dlq", "replay", "nothing", "--env", "dev"], root)
    assert (status, "no packet nothing was given up" in output) == (2, True)


def publish_raw(root, agent, port, priority, body):
    """Send what no agent of this fleet would."""
    import asyncio

    import nats

    told = note(root)["bus"]

    async def publish():
        client = await nats.connect(told["url"], nkeys_seed=told["seed"])
        await client.publish(f"qpf.l9.dev.packet.{agent}.{port}.{priority}.outside", body)
        await client.flush()
        await client.close()

    asyncio.run(publish())


def test_an_agent_that_is_killed_is_started_again_and_shown(fleet):
    root, _ = fleet
    before = note(root)["agents"]["tensoraios"]
    os.kill(before["pid"], signal.SIGKILL)

    def again():
        found = note(root)["agents"]["tensoraios"]
        return found if found["pid"] != before["pid"] else None

    after = until(again, "another process of tensoraios")
    assert httpx.get(f"{after['url']}/health", trust_env=False).status_code == 200
    lines = [line for line in (root / "errors.txt").read_text().splitlines() if "tensoraios" in line]
    assert any("was ended by SIGKILL; starts again in" in line for line in lines)
    assert f"ready: {after['url']}, process {after['pid']}" in lines[-1]
    assert send(root, "main_agent", "match_request")["reply"]["kind"] == "match_result"


def test_it_runs_once(fleet):
    root, said = fleet
    status, output = qpf(["run", "--env", "dev", "--bus", "nats"], root)
    assert (status, f"dev runs already (process {said['pid']})" in output) == (2, True)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_however_it_ends_no_process_stays(tmp_path, number):
    root = copied(tmp_path)
    with running(root, "tensoraios", "tensor_trainer") as (process, _):
        assert len(of_this_fleet(root)) >= 4
        process.send_signal(number)
        status = process.wait(GENEROUS)
        until(lambda: not of_this_fleet(root), f"the end of all processes ({of_this_fleet(root)})")
    if number != signal.SIGKILL:
        assert status == 0, (root / "errors.txt").read_text()
        assert not (root / ".qpf" / "run" / "dev.json").exists()
        assert "stopped; nothing was left unfinished" in (root / "errors.txt").read_text()


def test_ctrl_c_while_agents_come_up_leaves_nothing(tmp_path):
    root = copied(tmp_path)
    command = [sys.executable, "-m", "qpf", "-C", str(root), "run", "--env", "dev", "--bus", "nats"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert "starting: process" in process.stdout.readline()
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=GENEROUS)
    until(lambda: not of_this_fleet(root), "the end of all processes")


def test_an_agent_that_will_not_start_ends_the_command_with_its_message(tmp_path, monkeypatch):
    root = copied(tmp_path)
    monkeypatch.setenv("QPF_LOG_LEVEL", "LOUD")
    status, output = qpf(["run", "--env", "dev", "--bus", "nats", "tensoraios"], root)
    assert status == 2
    assert "Error: tensoraios will not start\nlast lines of tensoraios" in output
    assert 'QPF_LOG_LEVEL is "LOUD"' in output
    assert not of_this_fleet(root)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["--bus", "rabbit"],
            "--bus is in_process, nats, or an address like nats://127.0.0.1:4222, not rabbit",
        ),
        (["--bus", "nats", "--port", "1"], "--port is for a fleet in one process"),
        (["--bus", "nats", "tensoraos"], "dev has no agent tensoraos\nhint: did you mean `tensoraios`?"),
        (["--bus", "nats://127.0.0.1:1", "tensoraios"], "nats://127.0.0.1:1"),
    ],
)
def test_what_cannot_be_is_refused_with_a_remedy(tmp_path, arguments, message):
    root = copied(tmp_path)
    status, output = qpf(["run", "--env", "dev", *arguments], root)
    assert (status, message in output) == (2, True), output
