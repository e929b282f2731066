"""`qpf run` and `qpf send` through the real command line."""

import json
import signal
import stat
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.command import run as qpf
from tests.runtime.compiled import write_fleet
from tests.runtime.running import running


@pytest.fixture
def root(tmp_path):
    write_fleet(tmp_path)
    return tmp_path


def packet(root, name="Ada", **changes):
    path = root / "packet.json"
    path.write_text(json.dumps({"kind": "hello", "payload": {"name": name}} | changes))
    return str(path)


def answered(output):
    return json.loads(output[output.index("{") :])


def test_without_a_running_fleet_one_is_started_for_the_packet(root):
    status, output = qpf(["send", "greeter", packet(root), "--env", "dev"], root)
    assert status == 0
    assert output.splitlines() == [
        "no fleet runs for dev: one is started for this packet alone",
        "hello → greeter.hello → greeting",
        "decision    ESCALATED: a person must decide",
        "text        hello Ada",
        "reasons",
        "  - somebody must look",
        "path",
        "   1  greeter.answer",
        "and told, without waiting",
        "      note → clerk: file",
    ]


def test_json_is_one_document(root):
    status, output = qpf(["send", "greeter", packet(root), "--env", "dev", "-o", "json"], root)
    document = answered(output)
    assert (status, document["version"], document["target"]) == (0, 1, "greeter.hello")
    assert document["reply"]["payload"]["text"] == "hello Ada"
    assert document["path"] == ["greeter.answer"]
    assert [turn["hops"] for turn in document["turns"]] == [["greeter.answer"], ["clerk.file"]]


@pytest.mark.network
def test_a_running_fleet_takes_packets_and_stops_cleanly(root):
    with running(root, "-o", "json") as (process, note):
        told = json.loads(note.read_text())
        assert stat.S_IMODE(note.stat().st_mode) == 0o600
        assert told["pid"] == process.pid
        status, output = qpf(
            ["send", "greeter", packet(root, "Bob", priority="critical"), "--env", "dev"], root
        )
        assert (status, "hello Bob" in output, "no fleet runs" in output) == (0, True, False)
        assert "note → clerk: file" in output
        assert output.splitlines()[-1] == "decide it: qpf approvals list --env dev"
        status, output = qpf(["send", "greeter", packet(root), "--env", "dev", "-o", "json"], root)
        assert answered(output)["via"] == f"the fleet at {told['url']}"
        status, output = qpf(["run", "--env", "dev"], root)
        assert status == 2
        assert f"dev runs already (process {process.pid}" in output
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=10)
    assert process.returncode == 0
    assert err.splitlines()[-1] == "stopped; nothing was left unfinished"
    started = json.loads(out)
    assert (started["fleet"], sorted(started["agents"])) == ("greetings", ["clerk", "greeter"])
    assert not note.exists()


@pytest.mark.network
def test_sigterm_lets_a_packet_under_way_finish(root):
    with running(root) as (process, note):
        told = json.loads(note.read_text())
        with ThreadPoolExecutor(1) as pool:
            client = httpx.Client(
                base_url=told["url"],
                headers={"authorization": f"Bearer {told['agents']['greeter']['token']}"},
                trust_env=False,
            )
            body = {"name": "Cy", "wait": 0.8}
            sending = pool.submit(client.post, "/agents/greeter/packets?port=hello", json=body)
            time.sleep(0.4)
            process.send_signal(signal.SIGTERM)
            reply = sending.result()
            client.close()
        assert process.wait(10) == 0
    assert reply.json()["payload"]["text"] == "hello Cy"


@pytest.mark.network
def test_a_killed_fleet_leaves_a_note_that_deceives_nobody(root):
    with running(root) as (process, note):
        process.kill()
        process.wait(5)
        assert note.exists()
        status, output = qpf(["send", "greeter", packet(root), "--env", "dev"], root)
        assert (status, "no fleet runs for dev" in output) == (0, True)
    with running(root) as (process, note):
        assert json.loads(note.read_text())["pid"] == process.pid


@pytest.mark.network
def test_a_part_of_a_fleet_runs_and_says_whom_it_misses(root):
    with running(root, "greeter") as (process, _):
        status, output = qpf(["send", "clerk", packet(root), "--env", "dev"], root)
        assert (status, "the running dev has no agent clerk" in output) == (2, True)
        status, output = qpf(["send", "greeter", packet(root), "--env", "dev"], root)
        assert (status, "hello Ada" in output) == (0, True)
        process.send_signal(signal.SIGTERM)
        out, errors = process.communicate(timeout=10)
    assert "note: greeter sends to clerk, which does not run here" in out
    assert "is lost: clerk does not run here" in errors


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"kind": "hello",\n  "payload": {"name": "Ada",}}', ":2:29: not JSON: trailing comma"),
        ("", ":1:0: not JSON"),
        ('{"kind": "hello"}', ": not a packet file: payload: Field required"),
        ('{"kind": "hello", "payload": {}, "prio": 1}', ": not a packet file: prio: Extra inputs"),
        (
            '{"kind": "hello", "payload": {"nam": 1}}',
            ": not a hello packet: name: Field required; nam: Extra",
        ),
        (
            '{"kind": "helo", "payload": {}}',
            "Error: greeter has no port or kind helo\nhint: did you mean `hello`?",
        ),
    ],
)
def test_a_bad_packet_is_refused_where_it_is_bad(root, text, message):
    (root / "packet.json").write_text(text)
    status, output = qpf(["send", "greeter", str(root / "packet.json"), "--env", "dev"], root)
    assert (status, message in output) == (2, True), output


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["send", "greter", "{file}", "--env", "dev"],
            "dev has no agent greter\nhint: did you mean `greeter`?",
        ),
        (["send", "greeter", "{file}", "--env", "prod"], "the fleet has no environment prod"),
        (["send", "greeter", "nothing.json", "--env", "dev"], "nothing.json cannot be read: No such file"),
        (
            ["send", "clerk", "{file}", "--env", "dev", "--port-name", "note"],
            "clerk.note takes note packets, the fil",
        ),
        (["run", "clark", "--env", "dev"], "dev has no agent clark\nhint: did you mean `clerk`?"),
        (["run", "--env", "dve"], "the fleet has no environment dve\nhint: did you mean `dev`?"),
    ],
)
def test_a_name_that_does_not_exist_is_answered_with_what_does(root, arguments, message):
    file = packet(root)
    status, output = qpf([argument.format(file=file) for argument in arguments], root)
    assert (status, message in output) == (2, True), output


def test_a_fleet_that_is_not_compiled_says_how_to(root):
    (root / "environments" / "dev" / "fleet.json").unlink()
    for arguments in (["run", "--env", "dev"], ["send", "greeter", packet(root), "--env", "dev"]):
        status, output = qpf(arguments, root)
        assert status == 2
        assert "Error: dev is not compiled: it has no fleet.json\nhint: qpf compile --env dev" in output


def test_a_folder_without_a_compiled_fleet_says_how_to_get_one_or_another(tmp_path):
    status, output = qpf(["run", "--env", "dev"], tmp_path)
    assert status == 2
    assert f"Error: {tmp_path} has no compiled environment\nhint: qpf compile --env dev makes it" in output


@pytest.mark.network
def test_a_taken_port_is_named(root):
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        status, output = qpf(["run", "--env", "dev", "--port", str(taken.getsockname()[1])], root)
    assert (status, "cannot be had" in output) == (2, True)


def test_stores_that_are_not_here_are_refused_and_replaced_only_when_asked(tmp_path):
    write_fleet(tmp_path, store="redis")
    file = packet(tmp_path)
    status, output = qpf(["send", "greeter", file, "--env", "dev"], tmp_path)
    assert status == 2
    assert 'agent greeter: memorytopology.workingmemory.storagetype is "redis"' in output
    assert "hint: --local keeps everything on this machine" in output
    status, output = qpf(["send", "greeter", file, "--env", "dev", "--local"], tmp_path)
    assert (status, "hello Ada" in output) == (0, True)


def test_an_agent_and_its_port_may_be_named_together(root):
    status, output = qpf(["send", "greeter.hello", packet(root), "--env", "dev"], root)
    assert (status, "hello Ada" in output) == (0, True)
    status, output = qpf(["send", "greeter.helo", packet(root), "--env", "dev"], root)
    assert (status, "greeter has no port or kind helo\nhint: did you mean `hello`?" in output) == (2, True)
    status, output = qpf(
        ["send", "greeter.hello", packet(root), "--env", "dev", "--port-name", "other"], root
    )
    assert (status, "greeter.hello names one port and --port-name another" in output) == (2, True)


def test_a_kind_is_short_for_its_example(root):
    (root / "examples").mkdir()
    (root / "examples" / "hello.json").write_text('{"kind": "hello", "payload": {"name": "Eve"}}')
    status, output = qpf(["send", "greeter", "hello", "--env", "dev"], root)
    assert (status, "hello Eve" in output) == (0, True)
    status, output = qpf(["send", "greeter", "helo", "--env", "dev"], root)
    assert (status, "helo is neither a file nor an example" in output) == (2, True)
    assert "hint: did you mean `hello`?" in output


@pytest.mark.network
def test_many_packets_are_summed_up(root):
    file = packet(root)
    status, output = qpf(["send", "greeter", file, "--env", "dev", "--count", "3"], root)
    assert (status, "no fleet runs for dev: --rate and --count need one" in output) == (2, True)
    with running(root):
        arguments = ["send", "greeter", file, "--env", "dev", "--rate", "500", "--count", "20", "-o", "json"]
        status, output = qpf(arguments, root)
        document = json.loads(output)
        assert (status, document["sent"], document["answered"], document["refused"]) == (0, 20, 20, {})
        assert 0 < document["p50_seconds"] <= document["p99_seconds"]
        (root / "packet.json").write_text('{"kind": "hello", "payload": {"nam": "x"}}')
        status, output = qpf(["send", "greeter", file, "--env", "dev", "--count", "2"], root)
        assert status == 1
        assert "answered  0\nrefused   2 (invalid_payload 2)" in output


@pytest.mark.network
def test_packets_of_one_process_can_be_watched_as_they_pass(root):
    with running(root) as (process, _):
        command = [sys.executable, "-m", "qpf", "-C", str(root), "tail", "--env", "dev", "--kind", "note"]
        with subprocess.Popen(
            [*command, "-o", "json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        ) as watching:
            assert watching.stderr.readline() == "listening; Ctrl-C ends\n"
            qpf(["send", "greeter", packet(root), "--env", "dev"], root)
            seen = json.loads(watching.stdout.readline())
            process.send_signal(signal.SIGTERM)
            # A listener holds nobody up.
            assert process.wait(30) == 0
            assert watching.wait(30) == 0
            assert watching.stderr.read() == "the fleet has stopped\n"
    assert (seen["version"], seen["packet"]["kind"]) == (1, "note")
    assert (seen["packet"]["source"], seen["packet"]["target"]) == ("greeter.note", "clerk.note")


@pytest.mark.parametrize("command", [["tail"], ["dlq", "list"], ["dlq", "replay", "--all"]])
def test_what_looks_into_a_running_fleet_says_that_none_runs(root, command):
    status, output = qpf([*command, "--env", "dev"], root)
    assert (status, "no fleet runs for dev\nhint: qpf run --env dev" in output) == (2, True)


@pytest.mark.network
def test_packets_that_one_process_gave_up_are_listed_and_replayed(root):
    with running(root):
        status, output = qpf(["dlq", "list", "--env", "dev"], root)
        assert (status, output) == (0, "no packet was given up\n")
        status, output = qpf(["dlq", "replay", "nothing", "--env", "dev"], root)
        assert (status, "no packet nothing was given up" in output) == (2, True)
        status, output = qpf(["dlq", "replay", "--env", "dev"], root)
        assert (status, "name one packet, or --all of them" in output) == (2, True)
