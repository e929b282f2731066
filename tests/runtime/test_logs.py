"""Log lines say what they belong to and never a secret."""

import io
import json
import logging

import pytest
import structlog

from qpf_runtime.logs import MASK, TALKATIVE, secrets_of, set_up_logs
from qpf_runtime.tracing import Context, entered

CONTEXT = Context("00-" + "a" * 32 + "-" + "b" * 16 + "-01", "solo", "p1", "c1")


@pytest.fixture
def logged():
    """Set logs up as told, and give the lines written so far; all as before afterwards."""
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    stream = io.StringIO()

    def start(layout="json", level="INFO", secrets=()):
        set_up_logs(level, layout, {"agent": "solo", "environment": "dev"}, secrets, stream)
        return lambda: stream.getvalue().splitlines()

    yield start
    root.handlers[:] = before
    root.setLevel(level)
    structlog.reset_defaults()
    for name in TALKATIVE:
        logging.getLogger(name).setLevel(logging.NOTSET)


def test_a_line_names_agent_environment_trace_and_packet(logged):
    lines = logged()
    with entered(CONTEXT):
        logging.getLogger("qpf_runtime.agent").info("took %s", "it")
    (line,) = map(json.loads, lines())
    assert line.pop("timestamp").endswith("Z")
    assert line == {
        "level": "info",
        "logger": "qpf_runtime.agent",
        "message": "took it",
        "agent": "solo",
        "environment": "dev",
        "trace_id": "a" * 32,
        "span_id": "b" * 16,
        "packet_id": "p1",
        "correlation_id": "c1",
    }


def test_a_line_outside_of_work_has_no_trace(logged):
    lines = logged()
    logging.getLogger("x").warning("hello")
    assert "trace_id" not in json.loads(lines()[0])


def test_an_exception_is_one_structured_field_without_local_variables(logged):
    lines = logged()
    local = "a local value"
    try:
        raise ValueError("odd")  # noqa: EM101, TRY301 -- made to be logged
    except ValueError:
        logging.getLogger("x").exception("it failed")
    (line,) = lines()
    (told,) = json.loads(line)["exception"]
    assert (told["exc_type"], told["exc_value"]) == ("ValueError", "odd")
    assert told["frames"][-1]["name"].startswith("test_an_exception")
    assert local not in line


@pytest.mark.parametrize("layout", ["json", "text"])
def test_a_secret_is_masked_wherever_it_stands(logged, layout):
    lines = logged(layout, secrets=["hunter2-hunter2"])
    log = logging.getLogger("x")
    log.info("logging in with %s", "hunter2-hunter2")
    log.info("logging in", extra={"more": {"list": ["is hunter2-hunter2"]}})
    try:
        raise ValueError("bad password hunter2-hunter2")  # noqa: EM101, TRY003, TRY301 -- made to be logged
    except ValueError:
        log.exception("no")
    written = "\n".join(lines())
    assert "hunter2" not in written
    assert written.count(MASK) >= 3


@pytest.mark.parametrize("layout", ["json", "text"])
def test_what_looks_like_a_secret_is_masked(logged, layout):
    lines = logged(layout)
    log = logging.getLogger("x")
    log.info("Authorization: Bearer abc.def-ghi")
    log.info("opening postgresql://me:swordfish@host/db")
    log.info("GET /?api_key=swordfish&a=1")
    log.info("called", extra={"password": "swordfish", "details": {"Session-Token": "swordfish"}})
    written = "\n".join(lines())
    assert "swordfish" not in written
    assert "abc.def" not in written
    assert "me:***@host/db" in written


def test_numbers_of_tokens_are_no_secret(logged):
    lines = logged()
    logging.getLogger("x").info("spent", extra={"tokens": 12})
    assert json.loads(lines()[0])["tokens"] == 12


def test_secrets_are_found_by_the_names_of_variables_and_in_addresses():
    told = {
        "QPF_TOKEN": "token-value",
        "DATABASE_URL": "postgresql://me:p%40ss@host/db",
        "HOME": "/home/me",
        "ODD": "http://[broken@",
    }
    assert secrets_of(told) == {"token-value", "p%40ss", "p@ss"}


@pytest.mark.parametrize("level", ["INFO", "DEBUG"])
def test_libraries_are_heard_when_something_is_wrong(logged, level):
    lines = logged(level=level)
    for name in ("httpx", "alembic.runtime.migration", "a2a.utils.telemetry", "openai._base_client"):
        # At DEBUG the last one would tell whole prompts.
        logging.getLogger(name).info("one more thing")
        logging.getLogger(name).debug("and another")
    logging.getLogger("nats.aio.client").error("lost the server")
    assert [json.loads(line)["message"] for line in lines()] == ["lost the server"]


def test_at_debug_an_agents_own_code_is_heard(logged):
    lines = logged(level="DEBUG")
    logging.getLogger("main_agent.logic").debug("looked it up")
    assert [json.loads(line)["message"] for line in lines()] == ["looked it up"]


def test_a_line_says_once_what_it_says(logged):
    lines = logged()
    told = {"color_message": "Started server process [\x1b[36m%d\x1b[0m]"}
    logging.getLogger("x").info("Started server process [%d]", 7, extra=told)
    assert "color_message" not in json.loads(lines()[0])


def test_text_is_for_a_person_and_not_for_their_terminal(logged):
    lines = logged("text")
    logging.getLogger("x").info("a \x1b[2J\rb")
    (line,) = lines()
    assert "a \\x1b[2J\\x0db" in line
    assert "agent=solo" in line


def test_a_logger_of_structlog_ends_in_the_same_lines(logged):
    lines = logged()
    structlog.get_logger("mine").info("hello", number=1, secret="no")  # noqa: S106 -- made to be masked
    line = json.loads(lines()[0])
    assert (line["message"], line["number"], line["secret"], line["agent"]) == ("hello", 1, MASK, "solo")
