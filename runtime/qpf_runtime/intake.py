"""How a packet comes in by HTTP: read within bounds, checked, handed to the bus, answered."""

from collections.abc import Mapping

from pydantic import ValidationError
from pydantic_core import to_json
from starlette.requests import Request
from starlette.responses import Response

from qpf_runtime.agent import Agent
from qpf_runtime.envelope import PRIORITIES, Json, PacketEnvelope, Priority, read_json
from qpf_runtime.errors import BusClosed, ReplyTimeout, Undeliverable, field_problems, said

LARGEST = 1024 * 1024
"""Most bytes of a body."""

STATUS = {
    "unknown_port": 404,
    "wrong_kind": 422,
    "invalid_payload": 422,
    "rejected": 422,
    "timeout": 504,
    "request_failed": 502,
    "undeliverable": 502,
    "closing": 503,
    "step_failed": 500,
}
"""HTTP status of an error reply, by its code."""


class IntakeError(Exception):
    """The request is refused before it becomes a packet."""

    def __init__(
        self, status: int, code: str, message: str, fields: tuple[tuple[str, str], ...] = ()
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.fields = fields

    def response(self) -> Response:
        """Answer with it."""
        fields: list[Json] = [{"field": name, "problem": problem} for name, problem in self.fields]
        return answer(self.status, {"error": {"code": self.code, "message": str(self), "fields": fields}})


def answer(status: int, body: Mapping[str, Json]) -> Response:
    """Answer with JSON."""
    return Response(to_json(body), status_code=status, media_type="application/json")


async def take(agent: Agent, request: Request, port: str | None = None) -> Response:
    """Take a packet for the agent, wait until it is handled, and answer with the reply.

    With a port (the argument, or `?port=`) the body is a bare payload, else it is a whole envelope.
    200 carries the reply, 202 says that the port gives none and the packet is done.
    """
    try:
        envelope = _envelope(agent, request, await _body(request), port or request.query_params.get("port"))
        reply = await agent.bus.request(envelope, within=agent.config.timeout_ms / 1000 + 1)
    except IntakeError as refused:
        return refused.response()
    except BusClosed as error:
        return IntakeError(503, "closing", str(error)).response()
    except Undeliverable as error:
        return IntakeError(503, "undeliverable", str(error)).response()
    except ReplyTimeout as error:
        return IntakeError(504, "timeout", str(error)).response()
    if reply is None:
        return answer(202, {"accepted": envelope.id, "correlation_id": envelope.correlation_id})
    status = STATUS.get(str(reply.payload.get("code")), 500) if reply.failed else 200
    return Response(to_json(reply), status_code=status, media_type="application/json")


async def _body(request: Request) -> bytes:
    # The declared length only spares us reading; what counts is what arrives.
    declared = request.headers.get("content-length", "0")
    body = bytearray()
    if declared.isdigit() and int(declared) <= LARGEST:
        async for chunk in request.stream():
            body += chunk
            if len(body) > LARGEST:
                break
        else:
            return bytes(body)
    msg = f"a body may have {LARGEST} bytes"
    raise IntakeError(413, "too_large", msg)


def _envelope(agent: Agent, request: Request, raw: bytes, port: str | None) -> PacketEnvelope:
    try:
        parsed = read_json(raw)
    except ValueError as error:
        raise IntakeError(400, "invalid_json", f"the body is not JSON: {error}") from None
    if not isinstance(parsed, dict):
        msg = "the body must be a JSON object"
        raise IntakeError(400, "invalid_json", msg)
    if port is not None:
        if port not in agent.config.inputs:
            known = ", ".join(sorted(agent.config.inputs)) or "none"
            msg = f"agent {agent.name} has no input port {port}; it has {known}"
            raise IntakeError(404, "unknown_port", msg)
        return agent.envelope(port, parsed, _priority(request))
    try:
        envelope = PacketEnvelope.model_validate_json(raw)
    except ValidationError as error:
        problems = field_problems(error)
        msg = f"not an envelope (for a bare payload, name the port: ?port=): {said(problems)}"
        raise IntakeError(422, "invalid_envelope", msg, problems) from None
    if envelope.agent != agent.name:
        msg = f"the packet is for {envelope.target}, this is agent {agent.name}"
        raise IntakeError(404, "unknown_port", msg)
    return envelope


def _priority(request: Request) -> Priority | None:
    asked = request.query_params.get("priority")
    if asked is None:
        return None
    for priority in PRIORITIES:
        if priority == asked:
            return priority
    msg = f"priority must be one of {', '.join(PRIORITIES)}, not {asked}"
    raise IntakeError(400, "invalid_priority", msg)
