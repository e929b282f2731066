"""Packets as NATS messages: CloudEvents 1.0 in binary mode, W3C trace context, the payload as JSON.

    ce-id, ce-source, ce-type        id, source and kind of the packet
    ce-subject, ce-time              its target, and when it was made
    ce-dataschema                    urn:qpf:FLEET:packet:KIND:VERSION
    ce-priority, ce-correlationid, ce-causationid, ce-deadline, ce-schemaversion, ce-digest, ce-path
    traceparent                      as the envelope has it

Values are percent-encoded as CloudEvents asks. The digest is of the body's bytes. What is read comes from
anybody: it becomes an envelope that agrees with its subject, or a `WireError`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NoReturn
from urllib.parse import quote, unquote

from pydantic import ValidationError

from qpf_runtime.bus.declare import LARGEST_BODY, LARGEST_HEADERS
from qpf_runtime.bus.topology import Topology
from qpf_runtime.envelope import Json, PacketEnvelope, Priority, address, canonical, digest, read_json
from qpf_runtime.errors import RuntimeFault, field_problems, said

SPEC_VERSION = "1.0"
JSON_TYPE = "application/json"
REPLY_TO = "qpf-reply"
"""Header that names the subject an answer is sent to; the server needs the message's own reply field."""

_REQUIRED = ("id", "source", "type")
_PRINTABLE = "!#$&'()*+,-./:;<=>?@[\\]^_`{|}~"
_NO_COMMA = _PRINTABLE.replace(",", "")

Resolve = Callable[[str], tuple[str, int] | None]
"""Tells kind and version of the packets that a port takes; None if there is no such port."""


class WireError(RuntimeFault):
    """A message that is not a packet, or not the packet its subject says.

    Attributes:
        code: What is wrong in one word: `too_large`, `invalid_json`, `invalid_attribute`, `digest_mismatch`,
            `forged_source`, `misdirected`, `unknown_port`.
        reason: What is wrong, for a person.
    """

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Message:
    """A message as it came.

    Attributes:
        subject: Where it was sent.
        headers: What it says of itself.
        body: The rest of it.
        id: Names it if it does not name itself: `js-STREAM-SEQUENCE`.
        at: When the server took it, with its time zone.
    """

    subject: str
    headers: Mapping[str, str]
    body: bytes
    id: str
    at: datetime


def schema_id(fleet: str, kind: str, version: int) -> str:
    """Name the schema of a packet's payload."""
    return f"urn:qpf:{fleet}:packet:{kind}:{version}"


def write(envelope: PacketEnvelope, fleet: str) -> tuple[dict[str, str], bytes]:
    """Spell a packet as headers and body.

    Raises:
        WireError: If it is too large to be sent.
    """
    body = canonical(envelope.payload)
    attributes: dict[str, str | None] = {
        "specversion": SPEC_VERSION,
        "id": envelope.id,
        "source": envelope.source,
        "type": envelope.kind,
        "subject": envelope.target,
        "time": envelope.created_at.isoformat(),
        "dataschema": schema_id(fleet, envelope.kind, envelope.packet_version),
        "priority": envelope.priority,
        "correlationid": envelope.correlation_id,
        "causationid": envelope.causation_id,
        "deadline": envelope.deadline.isoformat() if envelope.deadline else None,
        "schemaversion": envelope.schema_version,
        "digest": digest(body),
    }
    headers = {
        f"ce-{name}": quote(value, safe=_PRINTABLE) for name, value in attributes.items() if value is not None
    }
    headers["content-type"] = JSON_TYPE
    if envelope.path:
        headers["ce-path"] = ",".join(quote(hop, safe=_NO_COMMA) for hop in envelope.path)
    if envelope.traceparent is not None:
        headers["traceparent"] = envelope.traceparent
    size = headers_size(headers)
    if len(body) > LARGEST_BODY or size > LARGEST_HEADERS:
        msg = (
            f"packet {envelope.id} has {len(body)} bytes and headers of {size};"
            f" the bus takes {LARGEST_BODY} and {LARGEST_HEADERS}"
        )
        _refuse("too_large", msg)
    return headers, body


def headers_size(headers: Mapping[str, str]) -> int:
    """Count the bytes headers take in a message."""
    lines = (len(name) + len(value.encode("utf-8", "replace")) + 4 for name, value in headers.items())
    return len("NATS/1.0") + 4 + sum(lines)


def read(message: Message, topology: Topology, resolve: Resolve) -> PacketEnvelope:
    """Read a packet. A message that is no CloudEvent is one of the kind its port takes, from who may send it.

    Raises:
        WireError: Whatever else it is.
    """
    try:
        agent, port, priority, sender = topology.read(message.subject)
    except ValueError as error:
        _refuse("misdirected", str(error))
    known = resolve(port)
    if known is None:
        _refuse("unknown_port", f"agent {agent} has no input port {port}")
    target = address(agent, port)
    attributes = _attributes(message.headers)
    if attributes is None:
        attributes = {"id": message.id, "source": sender, "type": known[0]}
    if attributes.get("source", "").partition(".")[0] != sender:
        told = f"it says it is from {attributes.get('source', '')[:99]!r} and came as {sender}'s"
        _refuse("forged_source", told)
    for name, expected in (("subject", target), ("priority", priority)):
        if attributes.get(name, expected) != expected:
            told = f"ce-{name} is {attributes[name][:200]!r}; it was sent as {expected}"
            _refuse("misdirected", told)
    version = known[1] if attributes.get("type") == known[0] else 1
    return _envelope(attributes, message, target, priority, version, topology.fleet)


def read_reply(message: Message, fleet: str) -> PacketEnvelope:
    """Read an answer.

    Raises:
        WireError: If it is none.
    """
    attributes = _attributes(message.headers)
    if attributes is None or "subject" not in attributes:
        _refuse("invalid_attribute", "an answer must name whom it is for")
    return _envelope(attributes, message, attributes["subject"], "medium", 1, fleet)


def _attributes(headers: Mapping[str, str]) -> dict[str, str] | None:
    lowered = {name.lower(): value for name, value in headers.items()}
    found = {name[3:]: unquote(value) for name, value in lowered.items() if name.startswith("ce-")}
    if not found:
        return None
    if found.get("specversion") != SPEC_VERSION:
        told = f"ce-specversion is {found.get('specversion', 'absent')[:200]!r}, not {SPEC_VERSION}"
        _refuse("invalid_attribute", told)
    missing = [f"ce-{name}" for name in _REQUIRED if name not in found]
    if missing:
        _refuse("invalid_attribute", f"{', '.join(missing)} must be there")
    media = lowered.get("content-type", JSON_TYPE).partition(";")[0].strip().lower()
    if media != JSON_TYPE:
        _refuse("invalid_attribute", f"content-type is {media[:200]!r}, not {JSON_TYPE}")
    if "path" in found:
        found["path"] = lowered["ce-path"]
    if "traceparent" in lowered:
        found["traceparent"] = lowered["traceparent"]
    return found


def _envelope(
    attributes: Mapping[str, str],
    message: Message,
    target: str,
    priority: Priority,
    version: int,
    fleet: str,
) -> PacketEnvelope:
    payload, measured = _payload(message.body)
    if attributes.get("digest", measured) != measured:
        _refuse("digest_mismatch", f"ce-digest is not that of the body, {measured}")
    kind, schema = attributes["type"], attributes.get("dataschema")
    if schema is not None:
        version = _version(schema, fleet, kind)
    fields: dict[str, object] = {
        "id": attributes["id"],
        "kind": kind,
        "packet_version": version,
        "priority": attributes.get("priority", priority),
        "source": attributes["source"],
        "target": target,
        "correlation_id": attributes.get("correlationid", attributes["id"]),
        "causation_id": attributes.get("causationid"),
        "created_at": _time("time", attributes) or message.at,
        "deadline": _time("deadline", attributes),
        "schema_version": attributes.get("schemaversion", "unknown"),
        "traceparent": attributes.get("traceparent"),
        "payload": payload,
        "digest": measured,
        "path": tuple(map(unquote, attributes["path"].split(","))) if "path" in attributes else (),
    }
    try:
        return PacketEnvelope.model_validate(fields)
    except ValidationError as error:
        told = said(field_problems(error))[:1000]
        _refuse("invalid_attribute", f"not an envelope: {told}")


def _payload(body: bytes) -> tuple[dict[str, Json], str]:
    if len(body) > LARGEST_BODY:
        _refuse("too_large", f"a body may have {LARGEST_BODY} bytes; this has {len(body)}")
    try:
        parsed = read_json(body)
    except ValueError as error:
        _refuse("invalid_json", f"the body is not JSON: {str(error)[:500]}")
    if not isinstance(parsed, dict):
        _refuse("invalid_json", "the body must be a JSON object")
    return parsed, digest(body)


def _version(schema: str, fleet: str, kind: str) -> int:
    start, _, version = schema.rpartition(":")
    digits = version.isascii() and version.isdigit() and len(version) <= 9  # noqa: PLR2004 -- a 32 bit number
    if not digits or schema_id(fleet, kind, int(version)) != f"{start}:{int(version)}":
        told = f"ce-dataschema is {schema[:200]!r}, not {schema_id(fleet, kind, 1)} or a later version"
        _refuse("invalid_attribute", told)
    return int(version)


def _time(name: str, attributes: Mapping[str, str]) -> datetime | None:
    text = attributes.get(name)
    if text is None:
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        _refuse("invalid_attribute", f"ce-{name} is {text[:200]!r}, not a time")


def _refuse(code: str, reason: str) -> NoReturn:
    raise WireError(code, reason) from None
