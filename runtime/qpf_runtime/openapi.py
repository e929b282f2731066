"""Describes an agent's HTTP interface as OpenAPI 3.1, from its configuration and its packets' schemas."""

from collections.abc import Mapping

from pydantic import BaseModel

from qpf_runtime.agent import Agent
from qpf_runtime.envelope import PRIORITIES, Json, PacketEnvelope
from qpf_runtime.packet import Packet

REFERENCE = "#/components/schemas/{model}"


def openapi(agent: Agent, *, asks_token: bool) -> dict[str, Json]:
    """Describe what the agent's addresses take and give.

    Args:
        agent: The agent, wired.
        asks_token: Whether callers must bring its token.
    """
    schemas = _schemas(agent)
    config = agent.config
    paths: dict[str, dict[str, Json]] = {
        "/packets": {"post": _packets(agent)},
        "/manifest": {"get": _get("What runs here: versions and digests.")},
        "/trail/{identity}": {
            "get": {
                **_get("What this agent did about a packet, or a story of packets."),
                "parameters": [_parameter("identity", "path", {"type": "string"}, required=True)],
            }
        },
        "/approvals": {"get": _get("Decisions that wait for a person.", 422)},
        "/approvals/{identity}": {
            "get": _get("One of them.", 404),
            "post": {**_operation(agent, None, _ANSWER), "summary": "Approve or reject it."},
            "parameters": [_parameter("identity", "path", {"type": "string"}, required=True)],
        },
        "/metrics": {"get": _text("Figures for Prometheus.")},
    }
    for path, told in {
        config.probes.liveness: "Whether the process lives.",
        config.probes.readiness: "Whether it takes packets.",
        config.probes.startup: "Whether it has started.",
    }.items():
        paths[path] = {"get": {**_get(told, 503), "security": []}}
    for port, endpoint in config.endpoints.items():
        if port in config.inputs:
            operation = _operation(agent, port, _reference(agent.input_types[port].__name__))
            paths.setdefault(endpoint.path, {})[endpoint.method.lower()] = operation
    return {
        "openapi": "3.1.0",
        "info": {"title": config.name, "description": config.role, "version": config.schema_version},
        "security": [{"token": []}] if asks_token else [],
        "paths": {**paths},
        "components": {
            "schemas": schemas,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def _packets(agent: Agent) -> dict[str, Json]:
    inputs = sorted(agent.config.inputs)
    payloads: list[Json] = [_reference(agent.input_types[port].__name__) for port in inputs]
    body: dict[str, Json] = {"anyOf": [*payloads, _reference(PacketEnvelope.__name__)]}
    ports: list[Json] = list(inputs)
    operation = _operation(agent, None, body)
    parameters = [
        _parameter("port", "query", {"type": "string", "enum": ports}, "Absent: the body is an envelope."),
        _parameter("priority", "query", {"type": "string", "enum": list(PRIORITIES)}),
        _parameter("wait", "query", {"type": "string", "enum": ["true", "false"]}),
        _parameter("Prefer", "header", {"type": "string", "enum": ["respond-async"]}),
        _parameter("Idempotency-Key", "header", {"type": "string", "minLength": 1, "maxLength": 200}),
        _parameter("traceparent", "header", {"type": "string"}),
    ]
    return {**operation, "parameters": [dict(parameter) for parameter in parameters]}


def _operation(agent: Agent, port: str | None, body: Mapping[str, Json]) -> dict[str, Json]:
    told = agent.config.endpoints[port].description if port is not None else ""
    responses: dict[str, Json] = {
        "200": _response("The reply.", _reference(PacketEnvelope.__name__)),
        "202": _response("The packet was accepted.", _reference("Accepted")),
        "401": _response("The token is missing.", _reference("Error")),
    }
    for status, why in _WHY.items():
        either: list[Json] = [_reference("Error"), _reference(PacketEnvelope.__name__)]
        responses[status] = _response(why, {"anyOf": either})
    return {
        "summary": told or "Take a packet.",
        "requestBody": {"required": True, "content": {"application/json": {"schema": dict(body)}}},
        "responses": responses,
    }


_ANSWER: dict[str, Json] = {
    "type": "object",
    "properties": {
        "answer": {"enum": ["approve", "reject"]},
        "by": {"type": "string", "minLength": 1, "maxLength": 200},
        "note": {"type": "string", "maxLength": 2000},
    },
    "required": ["answer"],
    "additionalProperties": False,
}

_WHY = {
    "400": "The body, or a parameter, makes no sense.",
    "403": "The packet says it comes from somebody else; or the token is no approver's.",
    "404": "There is no such port.",
    "408": "The body did not arrive in time.",
    "409": "Its id, or key, is that of another packet.",
    "413": "The body is too large.",
    "415": "The body is not JSON in UTF-8.",
    "422": "The packet is wrong.",
    "429": "The agent has too much to do; Retry-After says when to try again.",
    "500": "A step of the agent failed.",
    "502": "An agent it asked failed.",
    "503": "The agent starts or stops, or cannot reach what it needs.",
    "504": "No reply came in time.",
}


def _schemas(agent: Agent) -> dict[str, Json]:
    types: set[type[Packet]] = {*agent.input_types.values(), *agent.reply_types.values()}
    found: dict[str, Json] = {}
    models: list[type[BaseModel]] = [*sorted(types, key=lambda kind: kind.__name__), PacketEnvelope]
    for model in models:
        schema = model.model_json_schema(ref_template=REFERENCE)
        found |= schema.pop("$defs", {})
        found[model.__name__] = schema
    text: Json = {"type": "string"}
    found["Accepted"] = _object(accepted=text, correlation_id=text)
    problem = _object(field=text, problem=text)
    error = _object(code=text, message=text, fields={"type": "array", "items": problem})
    found["Error"] = _object(error=error)
    return found


def _object(**properties: Json) -> dict[str, Json]:
    return {"type": "object", "properties": dict(properties), "required": list(properties)}


def _get(told: str, *others: int) -> dict[str, Json]:
    responses: dict[str, Json] = {"200": _response(told, {"type": "object"})}
    for status in (401, 503, *others):
        responses[str(status)] = _response("Not now, or not to you.", {"type": "object"})
    return {"summary": told, "responses": responses}


def _text(told: str) -> dict[str, Json]:
    content: Json = {"text/plain": {"schema": {"type": "string"}}}
    return {"summary": told, "security": [], "responses": {"200": {"description": told, "content": content}}}


def _response(told: str, schema: Mapping[str, Json]) -> dict[str, Json]:
    return {"description": told, "content": {"application/json": {"schema": dict(schema)}}}


def _reference(model: str) -> dict[str, Json]:
    return {"$ref": REFERENCE.format(model=model)}


def _parameter(
    name: str, where: str, schema: Mapping[str, Json], told: str = "", *, required: bool = False
) -> dict[str, Json]:
    return {"name": name, "in": where, "schema": dict(schema), "description": told, "required": required}
