"""What the HTTP interface answers when a packet was handled, was accepted, or could not be taken."""

from urllib.parse import quote

from pydantic_core import to_json
from starlette.responses import Response

from qpf_runtime.envelope import Json, PacketEnvelope
from qpf_runtime.errors import BusClosed, QueueFull, Undeliverable
from qpf_runtime.refusal import Refusal, answer

STATUS = {
    "unknown_port": 404,
    "forged_source": 403,
    "wrong_kind": 422,
    "wrong_version": 422,
    "invalid_payload": 422,
    "rejected": 422,
    "expired": 422,
    "id_reused": 409,
    "timeout": 504,
    "request_failed": 502,
    "undeliverable": 502,
    "closing": 503,
    "unavailable": 503,
    "step_failed": 500,
}
"""HTTP status of an error reply, by its code."""

SOON = 1.0
"""Seconds after which it is worth while to try again what failed for a passing reason."""


def reply_with(reply: PacketEnvelope | None) -> Response:
    """Answer with a reply, or an error reply under the status of its code.

    Raises:
        Refusal: If there is none.
    """
    if reply is None:
        msg = "the agent gave no reply"
        raise Refusal(502, "no_reply", msg)
    failed = STATUS.get(str(reply.payload.get("code")), 500) if reply.failed else 200
    headers = {"retry-after": "1"} if reply.payload.get("passing") is True and reply.failed else {}
    return Response(to_json(reply), status_code=failed, media_type="application/json", headers=headers)


def accepted(envelope: PacketEnvelope, path: str) -> Response:
    """Answer that the bus has a packet, and where its way is told.

    Args:
        envelope: The packet.
        path: Where it was sent to.
    """
    body: dict[str, Json] = {"accepted": envelope.id, "correlation_id": envelope.correlation_id}
    above = path.removesuffix("/packets") if path.endswith("/packets") else ""
    headers = {"location": f"{above}/trail/{quote(envelope.id, safe='')}"}
    return answer(202, body, headers)


def not_taken(error: Exception) -> Refusal:
    """Say why the bus, or the ledger, did not take a packet."""
    match error:
        case QueueFull():
            return Refusal(429, "queue_full", str(error), again=SOON)
        case BusClosed():
            return Refusal(503, "closing", str(error), again=SOON)
        case Undeliverable():
            return Refusal(503, "undeliverable", str(error))
        case _:
            return Refusal(503, "unavailable", str(error), again=SOON)
