"""The reference of a running agent: variables, addresses, codes, figures, and the envelope of packets."""

import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from prometheus_client import Counter, Gauge, Histogram
from starlette.routing import Route
from starlette.testclient import TestClient

from qpf_runtime import surroundings, wire
from qpf_runtime.agent import Agent
from qpf_runtime.bus import topology
from qpf_runtime.envelope import PacketEnvelope
from qpf_runtime.http import Health, agent_app
from qpf_runtime.listing import read_listing
from qpf_runtime.metrics import Metrics
from qpf_runtime.openapi import openapi
from qpf_runtime.packages import Packages
from qpf_runtime.replies import STATUS
from qpf_runtime.runtime import Runtime

ROOT = Path(__file__).resolve().parent.parent
ENVIRONMENT = ROOT / "environments" / "dev"
SHOWN = "main_agent"
TOLD = re.compile(r"^- (`.+?): (.+?)(?=\n- |\n\n)", re.MULTILINE | re.DOTALL)
ATTRIBUTE = re.compile(r"^        (\w+): (.+?)(?=\n        \w+: |\Z)", re.MULTILINE | re.DOTALL)

INTRODUCTION = """\
# A running agent

What an agent's process is told, what it answers, what it counts, and how packets travel. Written from the
code; [run and operate](../how-to/run-and-operate.md) says what to do with it.
"""

VARIABLES = """\
## Environment variables

Read once, when the process starts. What is not set is as the schema says. `DATABASE_URL`, `REDIS_URL`,
`NEO4J_URL`, `ARCHIVE_URL`, `QPF_TOKEN`, `QPF_APPROVERS` and the keys of model providers may each be given as
`NAME_FILE`, a file that holds the value; both at once is an error. Emitted manifests also set `QPF_AGENT`,
`QPF_ENVIRONMENT` and `QPF_CONFIG`, for people and their tools; the process does not read them.
"""

ADDRESSES = """\
## HTTP

The addresses of `main_agent` of the reference fleet. Each input port that `deployment.endpoints`
names has an address of its own beside these. *Token*: callers bring `Authorization: Bearer TOKEN`.
"""

UNTOLD = {
    "/openapi.json": "All this, as OpenAPI 3.1.",
    "/a2a": "A2A's JSON-RPC endpoint; with the extra `a2a`.",
    "/.well-known/agent-card.json": "A2A's card: ports as skills; with the extra `a2a`.",
    "/approvals/{identity}": "One of them, and its answer.",
    "/health": "Whether the process lives.",
    "/ready": "Whether it takes packets.",
    "/startup": "Whether it has started.",
}
"""Addresses that OpenAPI's document leaves out, or may."""

CODES = """\
## Codes of failed turns

An error reply has the kind `error` and the payload `{"code", "message", "at", "fields", "passing"}`. A
refusal before there is a packet is `{"error": {"code", "message", "fields", "passing"}}`. By HTTP each has
a status; codes that are not listed have 500.
"""

FIGURES = """\
## Figures

`GET /metrics`, as Prometheus's text, or as OpenMetrics with exemplars that carry trace ids. Label values
come from configuration and fixed lists, never from packets. Those of the process and of Python's garbage
collector stand beside these.
"""

ENVELOPE = """\
## The envelope

A packet on NATS is a [CloudEvent](https://cloudevents.io) 1.0 in binary mode: its payload is the body, as
JSON, and the rest are headers. By HTTP the whole envelope is one JSON object.
"""

SUBJECTS = """\
## Subjects and streams

"""


def runtime() -> str:
    """The page."""
    agent = shown()
    return "\n".join(
        (
            INTRODUCTION,
            VARIABLES,
            table(("Variable", "Meaning"), variables()),
            ADDRESSES,
            table(("Address", "Token", "What it is"), addresses(agent)),
            CODES,
            table(
                ("Code", "Status"), ((f"`{code}`", str(status)) for code, status in sorted(STATUS.items()))
            ),
            FIGURES,
            table(("Name", "Type", "Labels", "Meaning"), figures()),
            ENVELOPE,
            table(("Field", "Header", "Meaning"), fields()),
            SUBJECTS + f"```text\n{subjects()}\n```\n",
        )
    )


def shown() -> Agent:
    """The agent whose addresses are shown, on a runtime that leaves nothing behind."""
    listed = read_listing(ENVIRONMENT).agents[SHOWN]
    sys.path.insert(0, str(ROOT / "logic"))
    module = Packages().load(f"{listed.package}.agent", ENVIRONMENT / listed.src)
    agent: Agent = module.build(Runtime.in_memory())
    return agent


def variables() -> Iterator[Sequence[str]]:
    """What the module that reads them says of them."""
    for names, meaning in TOLD.findall(f"{surroundings.__doc__}\n\n"):
        yield names, flat(meaning)


def addresses(agent: Agent) -> Iterator[Sequence[str]]:
    """Every address, and whether it asks for the token: it is asked without one."""
    document: Any = openapi(agent, asks_token=True)
    told = {path: one.get("get") or one["post"] for path, one in document["paths"].items()}
    app = agent_app(agent, Metrics(), Health(started=True), token="asked for")  # noqa: S106 - no secret
    client = TestClient(app)
    routes = [route for route in app.routes if isinstance(route, Route)]
    for route in sorted(routes, key=lambda route: route.path):
        path = route.path.replace(":path}", "}")
        for method in sorted((route.methods or set()) - {"HEAD"}):
            asked = client.request(method, re.sub(r"[{}]", "", path))
            access = "token" if asked.status_code == HTTPStatus.UNAUTHORIZED else "open"
            yield f"`{method} {path}`", access, UNTOLD.get(path) or told[path]["summary"]


def figures() -> Iterator[Sequence[str]]:
    """Every figure of ours."""
    for figure in vars(Metrics()).values():
        if isinstance(figure, Counter | Gauge | Histogram):
            (told,) = figure.describe()
            name = f"{told.name}_total" if told.type == "counter" else told.name
            labels = ", ".join(f"`{label}`" for label in figure._labelnames)  # noqa: SLF001 - nothing tells it
            yield f"`{name}`", told.type, labels, told.documentation


def fields() -> Iterator[Sequence[str]]:
    """Every field of an envelope, with the header that carries it."""
    told = {name: flat(text) for name, text in ATTRIBUTE.findall(indented(PacketEnvelope.__doc__ or ""))}
    at = datetime(2026, 11, 24, 12, tzinfo=UTC)
    sample = PacketEnvelope(
        id="ID", kind="KIND", packet_version=7, priority="critical", source="from.port", target="to.port",
        correlation_id="CORRELATION", causation_id="CAUSATION", created_at=at, deadline=at.replace(year=2027),
        schema_version="6.0.0", traceparent=f"00-{'a' * 32}-{'b' * 16}-01", payload={"a": 1},
        path=("one.step", "two.step"),
    )  # fmt: skip
    headers, _ = wire.write(sample, "FLEET")
    carried = {unquote(value): name for name, value in headers.items()}
    carried[str(sample.packet_version)] = "ce-dataschema"
    for name in PacketEnvelope.model_fields:
        value = getattr(sample, name)
        spelled = {"path": ",".join(sample.path)}.get(
            name, value.isoformat() if isinstance(value, datetime) else str(value)
        )
        yield f"`{name}`", "the body" if name == "payload" else f"`{carried[spelled]}`", told[name]


def subjects() -> str:
    """What subjects and streams are called."""
    return (topology.__doc__ or "").partition("\n\n")[2].strip()


def indented(docstring: str) -> str:
    """The list of attributes of a docstring, without what follows."""
    listed = docstring.partition("Attributes:\n")[2]
    return listed.partition("\n\n")[0].rstrip()


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table in Markdown."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines) + "\n"


def flat(text: str) -> str:
    """A text of several lines in one."""
    said = " ".join(text.split())
    return said[0].upper() + said[1:] + ("" if said.endswith(".") else ".")
