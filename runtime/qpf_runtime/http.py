"""The HTTP face of one agent, and of a fleet that runs in one process."""

import hmac
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from qpf_runtime.agent import Agent
from qpf_runtime.envelope import Json
from qpf_runtime.errors import ConfigurationError
from qpf_runtime.intake import answer, take
from qpf_runtime.metrics import CONTENT_TYPE, Metrics
from qpf_runtime.trail import Trail, describe

Serve = Callable[[Request], Awaitable[Response]]

SETTLING = 2.0
"""Seconds the way of a packet may still grow while somebody asks for it."""


@dataclass
class Health:
    """Where a process is in its life."""

    started: bool = False
    draining: bool = False


def agent_app(agent: Agent, metrics: Metrics, health: Health) -> Starlette:
    """Make the HTTP face of one agent: probes, metrics, `POST /packets`, and its own endpoints.

    Raises:
        ConfigurationError: If an endpoint has no input port of its name.
    """
    probes = agent.config.probes
    routes = {
        **_vitals(health, metrics),
        **_probes(health, probes.liveness, probes.readiness, probes.startup),
    }

    async def packets(request: Request) -> Response:
        return await take(agent, request)

    routes["/packets"] = Route("/packets", packets, methods=["POST"])
    for name, endpoint in agent.config.endpoints.items():
        if endpoint.path in routes:
            continue
        if name not in agent.config.inputs:
            msg = f"agent {agent.name}: endpoint {name} ({endpoint.path}) has no input port of its name"
            raise ConfigurationError(msg)
        serve = _endpoint(agent, name)
        routes[endpoint.path] = Route(endpoint.path, serve, methods=[endpoint.method])
    return _app(routes)


def fleet_app(
    agents: Mapping[str, Agent], trail: Trail, metrics: Metrics, health: Health, token: str
) -> Starlette:
    """Make the HTTP face of a fleet in one process. All but the probes ask for the token."""

    async def overview(request: Request) -> Response:
        _authorize(request, token)
        return answer(200, {"version": 1, "agents": {name: ports(agent) for name, agent in agents.items()}})

    async def packets(request: Request) -> Response:
        _authorize(request, token)
        name = request.path_params["name"]
        if name not in agents:
            raise HTTPException(404, f"no agent {name} runs here; {', '.join(sorted(agents))} do")
        return await take(agents[name], request)

    async def way(request: Request) -> Response:
        _authorize(request, token)
        for agent in agents.values():
            await agent.bus.idle(SETTLING)
            break
        turns: list[Json] = [
            dict(describe(record)) for record in trail.of(request.path_params["correlation"])
        ]
        return answer(200, {"version": 1, "turns": turns})

    return _app(
        {
            **_vitals(health, metrics),
            "/agents": Route("/agents", overview),
            "/agents/{name}/packets": Route("/agents/{name}/packets", packets, methods=["POST"]),
            "/trail/{correlation}": Route("/trail/{correlation}", way),
        }
    )


def ports(agent: Agent) -> dict[str, Json]:
    """Spell the input ports of an agent."""
    inputs: dict[str, Json] = {
        name: {"packet": port.packet, "priority": port.priority, "reply": port.reply}
        for name, port in sorted(agent.config.inputs.items())
    }
    return {"inputs": inputs}


def _vitals(health: Health, metrics: Metrics) -> dict[str, Route]:
    async def figures(_request: Request) -> Response:
        return Response(metrics.text(), media_type=CONTENT_TYPE)

    return {**_probes(health, "/health", "/ready", "/startup"), "/metrics": Route("/metrics", figures)}


def _probes(health: Health, liveness: str, readiness: str, startup: str) -> dict[str, Route]:
    async def alive(_request: Request) -> Response:
        # Answers whatever becomes of others: a liveness that asks dependencies restarts a whole fleet.
        return answer(200, {"status": "alive"})

    async def ready(_request: Request) -> Response:
        up = health.started and not health.draining
        return answer(200 if up else 503, {"status": "ready" if up else _state(health)})

    async def started(_request: Request) -> Response:
        return answer(200 if health.started else 503, {"status": _state(health)})

    return {
        liveness: Route(liveness, alive),
        readiness: Route(readiness, ready),
        startup: Route(startup, started),
    }


def _state(health: Health) -> str:
    if health.draining:
        return "draining"
    return "started" if health.started else "starting"


def _endpoint(agent: Agent, port: str) -> Serve:
    async def serve(request: Request) -> Response:
        return await take(agent, request, port)

    return serve


def _authorize(request: Request, token: str) -> None:
    given = request.headers.get("authorization", "")
    if not hmac.compare_digest(given.encode(), f"Bearer {token}".encode()):
        raise HTTPException(401, "this server asks for its token: Authorization: Bearer …")


async def _http_error(_request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    message = error.detail if isinstance(error, HTTPException) else "internal error"
    return answer(status, {"error": {"code": f"http_{status}", "message": message, "fields": []}})


def _app(routes: Mapping[str, Route]) -> Starlette:
    return Starlette(
        routes=list(routes.values()),
        exception_handlers={HTTPException: _http_error, Exception: _http_error},
    )
