"""A webhook is told at the start, now and then, and at the end; whatever it does, the compile goes on."""

import json
import re
import socket
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from qpf.api import Planned, RunFinished, RunStarted, Sink, SinkOptions
from qpf_plugins.progress_report import open_webhook
from qpf_plugins.progress_report.reports import STOPPED
from qpf_plugins.progress_report.settings import Settings
from qpf_plugins.progress_report.webhook import Webhook
from tests.progress_report.receiver import Receiver, receiving
from tests.progress_report.runs import begun, ended, extracted, started, whole
from tests.servers import wait_until

pytestmark = pytest.mark.network

PAGE = Path(__file__).parent.parent.parent / "docs" / "how-to" / "follow-a-compile.md"
PATIENT: Mapping[str, object] = {"update_frequency_seconds": 3600, "deadline_seconds": 60}
BUSY: Mapping[str, object] = {"update_frequency_seconds": 0.01, "deadline_seconds": 60}
HASTY: Mapping[str, object] = {"update_frequency_seconds": 3600, "deadline_seconds": 0.2}


@pytest.fixture(autouse=True)
def directly(monkeypatch: pytest.MonkeyPatch) -> None:
    """No proxy and no token, whatever the machine has."""
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.delenv("QPF_PROGRESS_TOKEN", raising=False)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as one:
        yield one


def follow(url: str, settings: Mapping[str, object], *agents: str) -> str:
    """A whole run; what the sink says at its end."""
    sink = open_webhook(SinkOptions(url, settings))
    for event in whole(*agents):
        sink(event)
    return sink.close()


def begin(url: str, settings: Mapping[str, object], *agents: str) -> Sink:
    sink = open_webhook(SinkOptions(url, settings))
    for event in begun(*agents):
        sink(event)
    return sink


def test_a_run_is_told_at_once_when_it_is_planned(receiver: Receiver) -> None:
    sink = begin(receiver.url, {**PATIENT, "fleet": "l9"}, "a", "b")
    first = receiver.wait_for(1)[0].document
    assert {key: first[key] for key in first if key != "reports"} == {
        "version": 1, "fleet": "l9", "extraction_id": "r1", "status": "in_progress", "progress_percent": 0,
    }  # fmt: skip
    assert [(report["agent_name"], report["status"]) for report in first["reports"]] == [
        ("a", "pending"), ("b", "pending"),
    ]  # fmt: skip
    sink(ended())
    assert sink.close() == ""


def test_the_page_shows_what_is_posted(receiver: Receiver) -> None:
    page = PAGE.read_text(encoding="utf-8")
    printed = json.loads(re.findall(r"^```json\n(\{\n.*?)^```$", page, re.MULTILINE | re.DOTALL)[0])
    assert follow(receiver.url, {**PATIENT, "fleet": "l9"}, "a") == ""
    assert set(printed) == set(receiver.last)
    assert set(printed["reports"][0]) == set(receiver.last["reports"][0])
    defaults = re.findall(r"^\| `(\w+)` \|.*\| (\d+) \|$", page, re.MULTILINE)
    assert {name: float(value) for name, value in defaults} == {
        "update_frequency_seconds": Settings().update_frequency_seconds,
        "deadline_seconds": Settings().deadline_seconds,
    }


def test_between_the_start_and_the_end_it_is_told_no_more_often_than_asked_for(receiver: Receiver) -> None:
    sink = begin(receiver.url, PATIENT, "a")
    receiver.wait_for(1)
    for number in range(100):
        sink(started("a", at=1.0 + number))
    sink(extracted("a", at=200.0))
    sink(ended())
    assert sink.close() == ""
    assert len(receiver.received) == 2
    assert receiver.last["status"] == "success"
    assert receiver.last["progress_percent"] == 100
    assert [report["status"] for report in receiver.last["reports"]] == ["success"]


def test_it_is_told_again_when_it_is_time(receiver: Receiver) -> None:
    sink = begin(receiver.url, BUSY, "a")
    receiver.wait_for(1)
    sink(started("a"))
    assert receiver.wait_for(3)[-1].document["reports"][0]["status"] == "in_progress"
    sink(ended())
    assert sink.close() == ""


def test_a_run_that_ends_before_its_plan_is_told_once(receiver: Receiver) -> None:
    sink = open_webhook(SinkOptions(receiver.url, PATIENT))
    sink(RunStarted(run="r1", environments=("dev",), jobs=1))
    sink(ended(succeeded=False))
    assert sink.close() == ""
    assert [request.document["status"] for request in receiver.received] == ["failed"]
    assert receiver.last["reports"] == []


def test_a_run_that_is_stopped_has_failed(receiver: Receiver) -> None:
    sink = begin(receiver.url, PATIENT, "a", "b")
    sink(extracted("a"))
    assert sink.close() == ""
    assert receiver.last["status"] == "failed"
    assert receiver.reports()["dev", "a"]["status"] == "success"
    assert receiver.reports()["dev", "b"]["error_message"] == STOPPED


def test_a_sink_that_was_told_nothing_says_nothing(receiver: Receiver) -> None:
    assert open_webhook(SinkOptions(receiver.url, PATIENT)).close() == ""
    assert receiver.received == []


def test_a_large_fleet_is_told_in_parts(receiver: Receiver) -> None:
    agents = [f"agent_{number}" for number in range(2500)]
    assert follow(receiver.url, PATIENT, *agents) == ""
    assert all(len(request.document["reports"]) <= 1000 for request in receiver.received)
    assert {report["status"] for report in receiver.reports().values()} == {"success"}
    assert len(receiver.reports()) == 2500


def test_what_comes_in_while_the_end_is_posted_is_delivered_too() -> None:
    agents = [f"agent_{number}" for number in range(1500)]
    with receiving("slow") as receiver:
        sink = begin(receiver.url, PATIENT, *agents)
        receiver.wait_for(1)  # the first 1000 are under way; of the others nothing newer will come
        for agent in agents[:10]:
            sink(extracted(agent))
        sink(ended())
        receiver.released.set()
        assert sink.close() == ""
        done = [key for key, report in receiver.reports().items() if report["status"] == "success"]
        assert done == [("dev", agent) for agent in agents[:10]]


def test_agents_of_one_name_in_two_environments_are_two(receiver: Receiver) -> None:
    sink = open_webhook(SinkOptions(receiver.url, PATIENT))
    sink(RunStarted(run="r1", environments=("dev", "prod"), jobs=1))
    for environment in ("dev", "prod"):
        sink(Planned(at=0.1, environment=environment, agents={"a": 0.0}))
    sink(ended(succeeded=False))
    sink.close()
    assert set(receiver.reports()) == {("dev", "a"), ("prod", "a")}


@pytest.mark.parametrize("failure", [500, 503, 429, 408, "close", "midway"])
def test_what_fails_for_now_is_told_again(failure: int | str) -> None:
    with receiving(failure, failure) as receiver:
        assert follow(receiver.url, PATIENT, "a") == ""
        assert len(receiver.received) >= 3
        assert receiver.reports()["dev", "a"]["status"] == "success"
        assert receiver.last["status"] == "success"


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (302, "it answered 302, and redirects are not followed"),
        (307, "it answered 307, and redirects are not followed"),
        (401, "it answered 401"),
        (404, "it answered 404"),
    ],
)
def test_what_is_refused_for_good_is_not_tried_again(answer: int, why: str) -> None:
    with receiving(answer) as receiver:
        sink = begin(receiver.url, BUSY, "a", "b")
        receiver.wait_for(1)
        sink(extracted("a"))
        sink(ended())
        assert sink.close() == f"2 progress reports could not be delivered to {receiver.url}: {why}"
        assert [request.path for request in receiver.received] == ["/"]


def test_a_webhook_that_hangs_holds_up_nothing() -> None:
    with receiving("hang") as receiver:
        agents = [f"agent_{number}" for number in range(5000)]
        sink = begin(receiver.url, HASTY, *agents)
        receiver.wait_for(1)
        for round_ in range(3):
            for agent in agents:
                sink(started(agent, at=1.0 + round_))
        assert isinstance(sink, Webhook)
        assert len(sink._waiting) == 5000
        sink(ended(succeeded=False))
        assert sink.close() == (
            f"5000 progress reports could not be delivered to {receiver.url}: it did not answer in time"
        )
        receiver.released.set()
        assert sink._thread is not None
        sink._thread.join()


def test_a_webhook_that_is_not_there_is_said_once() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # nobody listens
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        sink = begin(url, HASTY, "a")
        assert isinstance(sink, Webhook)
        wait_until(lambda: sink._refusal is not None)
        assert sink.close() == (
            f"1 progress report could not be delivered to {url}: it cannot be reached, Connection refused"
        )


def test_a_run_without_agents_whose_end_is_lost_says_so() -> None:
    with receiving(404) as receiver:
        sink = open_webhook(SinkOptions(receiver.url, PATIENT))
        sink(RunStarted(run="r1", environments=(), jobs=1))
        sink(RunFinished(at=0.1, succeeded=True, written=0, removed=0, unchanged=0, seconds=0.1))
        assert sink.close() == (
            f"the end of the compile could not be delivered to {receiver.url}: it answered 404"
        )


def test_a_proxy_of_the_environment_is_used(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", receiver.url)
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    assert follow("http://monitoring.invalid:8000/progress", PATIENT, "a") == ""
    assert receiver.received[0].path == "http://monitoring.invalid:8000/progress"
