"""The headers every packet travels with: CloudEvents 1.0 attributes, as NATS carries them."""

from typing import Any

from qpf_plugins.messaging.names import PRIORITIES, Names

_IDENTIFIER: dict[str, Any] = {"type": "string", "minLength": 1, "maxLength": 200}
_TIME: dict[str, Any] = {"type": "string", "format": "date-time"}


def headers_schema(names: Names) -> dict[str, Any]:
    """The schema of a packet's headers."""
    return {
        "title": "PacketEnvelope",
        "description": f"What stands around every packet of {names.fleet} in {names.environment}.",
        "type": "object",
        "required": [
            "ce-id",
            "ce-source",
            "ce-specversion",
            "ce-time",
            "ce-type",
            "content-type",
        ],
        "properties": {
            "ce-specversion": {"const": "1.0"},
            "ce-id": {**_IDENTIFIER, "description": "The packet's identity; the same if it is sent again."},
            "ce-type": {**_IDENTIFIER, "description": "Kind of packet."},
            "ce-source": {**_IDENTIFIER, "description": "Address it comes from."},
            "ce-subject": {**_IDENTIFIER, "description": "Address it goes to."},
            "ce-time": {**_TIME, "description": "When it was made."},
            "ce-dataschema": {**_IDENTIFIER, "description": "Versioned name of the payload's schema."},
            "ce-priority": {"enum": list(PRIORITIES), "description": "How soon it is taken up."},
            "content-type": {"const": "application/json"},
            "traceparent": {
                "type": "string",
                "pattern": "^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$",
                "description": "W3C trace context of the work it belongs to.",
            },
        },
    }
