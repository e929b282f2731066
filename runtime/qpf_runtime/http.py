"""The HTTP face of one agent, and of a fleet that runs in one process.

Open to all are the probes, `/metrics` (scrapers bring no tokens; it holds no packet) and the A2A card.
Everything else asks for the token.
"""

import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from importlib.util import find_spec
from pathlib import Path

from pydantic_core import to_jsonable_python
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match, Route, compile_path

from qpf_runtime.access import NOBODY, Approvers, Authorize, token_asked
from qpf_runtime.agent import Agent
from qpf_runtime.approvals_http import approval_routes
from qpf_runtime.envelope import Json
from qpf_runtime.errors import ConfigurationError, Transient
from qpf_runtime.intake import Intake
from qpf_runtime.ledger import Entry
from qpf_runtime.manifest import manifest
from qpf_runtime.metrics import Metrics
from qpf_runtime.openapi import openapi
from qpf_runtime.refusal import Refusal, answer
from qpf_runtime.tracing import PlainTracer, Tracer, read_traceparent
from qpf_runtime.trail import Trail, describe

log = logging.getLogger("qpf_runtime.http")

Serve = Callable[[Request], Awaitable[Response]]

SETTLING = 2.0
"""Seconds the way of a packet may still grow while somebody asks for it."""


@dataclass
class Health:
    """Where a process is in its life.

    Attributes:
        started: Whether it takes packets, or did.
        draining: Whether it was told to go.
        flags: What must be true for it to be of use, by name; told at once, nobody is asked.
    """

    started: bool = False
    draining: bool = False
    flags: dict[str, Callable[[], bool]] = field(default_factory=dict)

    @property
    def missing(self) -> tuple[str, ...]:
        """What is not as it must be."""
        return tuple(name for name, holds in self.flags.items() if not holds())

    @property
    def status(self) -> str:
        """Say it in one word."""
        if self.draining:
            return "draining"
        if not self.started:
            return "starting"
        return "unavailable" if self.missing else "ready"

    def check(self) -> None:
        """Refuse what comes before the start."""
        if not self.started:
            msg = "the agent is starting"
            raise Refusal(503, "starting", msg, again=1)


@dataclass
class Face:
    """What the addresses of an agent need to know besides the agent."""

    metrics: Metrics
    health: Health
    authorize: Authorize
    approvers: Approvers = NOBODY
    tracer: Tracer = field(default_factory=PlainTracer)
    package: Path | None = None

    def guarded(self, agent: str, serve: Serve) -> Serve:
        """Let a request pass that may, once the agent has started, as work of its own trace."""

        async def guarded(request: Request) -> Response:
            name = f"{request.method} {request.scope['route'].path}"
            with self.tracer.request(name, read_traceparent(request.headers.get("traceparent"))) as span:
                try:
                    self.authorize(request)
                    self.health.check()
                    response = await serve(request)
                except Refusal as refusal:
                    self.metrics.refused(agent, refusal.code)
                    response = refusal.response()
                except Transient as error:
                    response = Refusal(503, "unavailable", str(error), again=1).response()
                span.set("http.request.method", request.method)
                span.set("http.response.status_code", response.status_code)
                if response.status_code >= 500:  # noqa: PLR2004 -- where a server's failures begin
                    span.fail(f"status {response.status_code}", str(response.status_code))
                return response

        return guarded


def agent_app(
    agent: Agent,
    metrics: Metrics,
    health: Health,
    *,
    token: str | None = None,
    approvers: Approvers = NOBODY,
    tracer: Tracer | None = None,
    package: Path | None = None,
) -> Starlette:
    """Make the HTTP face of one agent.

    Args:
        agent: The agent, wired.
        metrics: Its figures.
        health: Where its process is in its life.
        token: What callers must bring.
        approvers: Who may answer decisions; whoever has the token, if nobody is named.
        tracer: Records requests.
        package: Folder of its code, for the manifest.

    Raises:
        ConfigurationError: If an endpoint has no input port of its name, or would never be asked.
    """
    config, probes = agent.config, agent.config.probes
    authorize = token_asked(token, required=config.auth_required)
    face = Face(metrics, health, authorize, approvers, tracer or PlainTracer(), package)
    routes = {
        **_probes(health, "/health", "/ready", "/startup"),
        **_probes(health, probes.liveness, probes.readiness, probes.startup),
        **_routes(agent, face),
    }
    asks_token = token is not None or config.auth_required
    if find_spec("a2a") is not None:
        from qpf_runtime.a2a import a2a_routes  # noqa: PLC0415 -- an extra, and slow to import

        routes |= a2a_routes(agent, face, asks_token=asks_token)
    document = openapi(agent, asks_token=asks_token)

    async def described(_request: Request) -> Response:
        return answer(200, document)

    routes["/openapi.json"] = Route("/openapi.json", face.guarded(agent.name, described))
    return _app(_with_endpoints(agent, face, routes.values()))


def _with_endpoints(agent: Agent, face: Face, own: Iterable[Route]) -> list[Route]:
    """Add the schema's endpoints to an agent's own addresses: each has a method and path to itself."""
    routes, intake = list(own), Intake(agent, face.metrics)
    endpoints = agent.config.endpoints
    # A path that is written out is tried before one with a placeholder that would take it.
    for name in sorted(endpoints, key=lambda each: bool(compile_path(endpoints[each].path)[2])):
        endpoint, told = endpoints[name], f"agent {agent.name}: endpoint {name}"
        if name not in agent.config.inputs:
            msg = f"{told} ({endpoint.path}) has no input port of its name"
            raise ConfigurationError(msg)
        asked = {"type": "http", "method": endpoint.method, "path": endpoint.path}
        if any(route.matches(asked)[0] is Match.FULL for route in routes):
            msg = f"{told} is {endpoint.method} {endpoint.path}, which is answered already"
            raise ConfigurationError(msg)
        serve = face.guarded(agent.name, partial(_endpoint, intake, name))
        routes.append(Route(endpoint.path, serve, methods=[endpoint.method]))
    return routes


def fleet_app(
    agents: Mapping[str, Agent], trail: Trail, metrics: Metrics, health: Health, token: str
) -> Starlette:
    """Make the HTTP face of a fleet in one process: each agent's below `/agents/NAME`."""
    face = Face(metrics, health, token_asked(token, required=True))

    async def overview(_request: Request) -> Response:
        return answer(200, {"version": 1, "agents": {name: ports(agent) for name, agent in agents.items()}})

    async def nobody(request: Request) -> Response:
        name = request.path_params["name"]
        if name in agents:
            raise HTTPException(404)
        raise HTTPException(404, f"no agent {name} runs here; {', '.join(sorted(agents))} do")

    async def way(request: Request) -> Response:
        for agent in agents.values():
            await agent.bus.idle(SETTLING)
            break
        turns: list[Json] = [
            dict(describe(record)) for record in trail.of(request.path_params["correlation"])
        ]
        return answer(200, {"version": 1, "turns": turns})

    routes = {**_probes(health, "/health", "/ready", "/startup"), "/metrics": _figures(metrics, "/metrics")}
    for name, agent in agents.items():
        routes |= _routes(agent, face, f"/agents/{name}")
    for path, serve in {
        "/agents": overview,
        "/trail/{correlation}": way,
        "/agents/{name}/{rest:path}": nobody,
    }.items():
        methods = ["GET", "POST"] if serve is nobody else ["GET"]
        routes[path] = Route(path, face.guarded("fleet", serve), methods=methods)
    return _app(routes.values())


def ports(agent: Agent) -> dict[str, Json]:
    """Spell the input ports of an agent."""
    inputs: dict[str, Json] = {
        name: {"packet": port.packet, "priority": port.priority, "reply": port.reply}
        for name, port in sorted(agent.config.inputs.items())
    }
    return {"inputs": inputs}


def _routes(agent: Agent, face: Face, prefix: str = "") -> dict[str, Route]:
    """Make the addresses an agent has wherever it runs, by path."""
    described, intake = manifest(agent, face.package), Intake(agent, face.metrics)
    face.metrics.add(agent)

    async def packets(request: Request) -> Response:
        return await intake.take(request)

    async def manifested(_request: Request) -> Response:
        return answer(200, described)

    async def way(request: Request) -> Response:
        found: list[Json] = [_entry(one) for one in await agent.ledger.of(request.path_params["identity"])]
        return answer(200, {"version": 1, "agent": agent.name, "entries": found})

    def route(path: str, serve: Serve, method: str = "GET") -> dict[str, Route]:
        return {prefix + path: Route(prefix + path, face.guarded(agent.name, serve), methods=[method])}

    return {
        prefix + "/metrics": _figures(face.metrics, prefix + "/metrics"),
        **route("/packets", packets, "POST"),
        **route("/manifest", manifested),
        **route("/trail/{identity:path}", way),
        **approval_routes(agent, face.authorize, face.approvers, prefix),
    }


def _entry(entry: Entry) -> dict[str, Json]:
    plain: dict[str, Json] = to_jsonable_python(entry)
    return plain


async def _endpoint(intake: Intake, port: str, request: Request) -> Response:
    return await intake.take(request, port)


def _figures(metrics: Metrics, path: str) -> Route:
    async def figures(request: Request) -> Response:
        text, content_type = await metrics.write(request.headers.get("accept", ""))
        return Response(text, headers={"content-type": content_type})

    return Route(path, figures)


def _probes(health: Health, liveness: str, readiness: str, startup: str) -> dict[str, Route]:
    async def alive(_request: Request) -> Response:
        # Answers whatever becomes of others: a liveness that asks dependencies restarts a whole fleet.
        return answer(200, {"status": "alive"})

    async def ready(_request: Request) -> Response:
        status = health.status
        return answer(200 if status == "ready" else 503, {"status": status, "missing": list(health.missing)})

    async def started(_request: Request) -> Response:
        return answer(200 if health.started else 503, {"status": health.status})

    return {
        liveness: Route(liveness, alive),
        readiness: Route(readiness, ready),
        startup: Route(startup, started),
    }


async def _error(_request: Request, error: Exception) -> Response:
    if isinstance(error, Refusal):
        return error.response()
    status = error.status_code if isinstance(error, HTTPException) else 500
    message = error.detail if isinstance(error, HTTPException) else "internal error"
    headers = error.headers if isinstance(error, HTTPException) else None
    body: dict[str, Json] = {"error": {"code": f"http_{status}", "message": message, "fields": []}}
    return answer(status, body, headers)


def _app(routes: Iterable[Route]) -> Starlette:
    handlers = {HTTPException: _error, Refusal: _error, Exception: _error}
    return Starlette(routes=list(routes), exception_handlers=handlers)
