"""Providers over HTTP: what leaves the process, and what comes back. With every client that is installed."""

import importlib.util
import json
import threading
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from qpf_runtime.clock import SystemClock
from qpf_runtime.config import ReasoningConfig, ResilienceConfig, RetryConfig
from qpf_runtime.errors import Unavailable
from qpf_runtime.reasoning import Evidence, Means, choose_reasoner
from qpf_runtime.resilience import Caller
from tests.runtime.modelled import FINE

pytestmark = pytest.mark.anyio

KEY = "key-of-nobody-0123456789"


class Server(ThreadingHTTPServer):
    """Answers as told, in order, and remembers what it was asked."""

    def __init__(self, answers):
        super().__init__(("127.0.0.1", 0), Conversation)
        self.seen: list[Any] = []
        self.answers = list(answers)


class Conversation(BaseHTTPRequestHandler):
    """Speaks so much of HTTP as a verdict takes."""

    server: Server

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.seen.append((self.path, self.headers["Authorization"], body))
        status, answer = self.server.answers.pop(0)
        raw = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def log_message(self, *_args):
        pass


@contextmanager
def serving(*answers):
    server = Server(answers)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def openai_says(verdict):
    call = {"name": "final_result", "arguments": json.dumps(verdict)}
    said = {
        "role": "assistant",
        "content": None,
        "tool_calls": [{"id": "1", "type": "function", "function": call}],
    }
    return {
        "id": "chat-1",
        "object": "chat.completion",
        "created": 1_760_000_000,
        "model": "tiny-2026-01-01",
        "choices": [{"index": 0, "finish_reason": "tool_calls", "message": said}],
        "usage": {"prompt_tokens": 40, "completion_tokens": 9, "total_tokens": 49},
    }


def bedrock_says(verdict):
    call = {"toolUse": {"toolUseId": "1", "name": "final_result", "input": verdict}}
    return {
        "output": {"message": {"role": "assistant", "content": [call]}},
        "stopReason": "tool_use",
        "usage": {"inputTokens": 40, "outputTokens": 9, "totalTokens": 49},
        "metrics": {"latencyMs": 1},
    }


@dataclass(frozen=True)
class Spoken:
    """One provider's interface."""

    provider: str
    client: str
    key: str
    places: dict[str, str]
    path: str
    says: Callable[[dict[str, Any]], dict[str, Any]]
    longest: Callable[[dict[str, Any]], object]


SPOKEN = (
    Spoken(
        "openai-chat",
        "openai",
        "OPENAI_API_KEY",
        {"OPENAI_BASE_URL": "{}/v1"},
        "/v1/chat/completions",
        openai_says,
        lambda body: body.get("max_completion_tokens") or body.get("max_tokens"),
    ),
    Spoken(
        "bedrock",
        "boto3",
        "AWS_BEARER_TOKEN_BEDROCK",
        {"AWS_ENDPOINT_URL_BEDROCK_RUNTIME": "{}", "AWS_DEFAULT_REGION": "eu-central-1"},
        "/model/tiny-2026-01-01/converse",
        bedrock_says,
        lambda body: body["inferenceConfig"]["maxTokens"],
    ),
)

INSTALLED = [spoken for spoken in SPOKEN if importlib.util.find_spec(spoken.client)]


def test_some_client_is_installed():
    assert INSTALLED


@pytest.mark.parametrize("spoken", INSTALLED, ids=lambda spoken: spoken.provider)
async def test_a_provider_over_http_is_asked_by_its_key_and_answers_with_a_verdict(spoken, monkeypatch):
    kept = []

    async def keep(transcript):
        kept.append(transcript)

    config = ReasoningConfig(
        primary_model=f"{spoken.provider}:tiny", modelversion="2026-01-01", max_tokens=99
    )
    policy = ResilienceConfig(retry=RetryConfig(attempts=2, base_ms=1, cap_ms=1))
    means = Means(caller=Caller(policy, SystemClock()), variables={spoken.key: KEY}, recorder=keep)
    overloaded = {"error": {"message": f"overloaded, {KEY}", "type": "server_error"}, "message": KEY}
    answers = [(200, spoken.says(FINE)), *[(503, overloaded)] * 20]
    with serving(*answers) as server:
        for name, place in spoken.places.items():
            monkeypatch.setenv(name, place.format(f"http://127.0.0.1:{server.server_port}"))
        reasoner = choose_reasoner(config, "declared", means)
        found = await reasoner.judge([Evidence("score", 0.9)])
        with pytest.raises(Unavailable, match="tiny-2026-01-01 does not answer") as caught:
            await reasoner.judge([Evidence("score", 0.9)])
    assert (found.proposal, found.confidence) == ("accept", 0.75)
    path, authorization, body = server.seen[0]
    assert (path, authorization) == (spoken.path, f"Bearer {KEY}")
    assert "tiny-2026-01-01" in f"{path} {body.get('model')}"
    assert spoken.longest(body) == 99
    assert (kept[0].input_tokens, kept[0].output_tokens, kept[0].calls) == (40, 9, 1)
    # The failure policy repeats the call once, and the client does not repeat it behind its back.
    assert kept[1].calls == len(server.seen) - 1 == 2
    assert KEY not in str(caught.value)
    assert KEY not in str(kept)
