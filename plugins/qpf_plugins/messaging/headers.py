"""The headers every packet travels with: CloudEvents 1.0 attributes and W3C trace context.

Values are percent-encoded as CloudEvents asks. A tested law holds this to what the runtime writes.
"""

from typing import Any

from qpf_plugins.messaging.names import PRIORITIES, Names

Schema = dict[str, Any]

_IDENTIFIER: Schema = {"type": "string", "minLength": 1}
_TIME: Schema = {"type": "string", "format": "date-time"}
_DIGEST = "^sha256:[0-9a-f]{64}$"
_TRACE = "^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$"


def headers_schema(names: Names) -> Schema:
    """The schema of a packet's headers, whatever its kind."""
    return {
        "title": "PacketEnvelope",
        "description": f"What stands around every packet of {names.fleet} in {names.environment}.",
        "type": "object",
        "required": ["ce-id", "ce-source", "ce-specversion", "ce-type"],
        "properties": {
            "ce-specversion": {"const": "1.0"},
            "ce-id": {**_IDENTIFIER, "description": "The packet's identity; the same if it is sent again."},
            "ce-type": {**_IDENTIFIER, "description": "Kind of packet."},
            "ce-source": {**_IDENTIFIER, "description": "Address it comes from, or `outside`."},
            "ce-subject": {**_IDENTIFIER, "description": "Address it goes to."},
            "ce-time": {**_TIME, "description": "When it was made."},
            "ce-dataschema": {**_IDENTIFIER, "description": "Versioned name of the payload's schema."},
            "ce-priority": {"enum": list(PRIORITIES), "description": "How soon it is taken up."},
            "ce-correlationid": {
                **_IDENTIFIER,
                "description": "The same for all packets that one packet from outside set off.",
            },
            "ce-causationid": {**_IDENTIFIER, "description": "The packet that caused this one."},
            "ce-deadline": {**_TIME, "description": "When nobody needs it any more."},
            "ce-schemaversion": {**_IDENTIFIER, "description": "Version of the fleet's schema it is of."},
            "ce-digest": {"type": "string", "pattern": _DIGEST, "description": "Digest of the body."},
            "ce-path": {"type": "string", "description": "Steps it took so far, divided by commas."},
            "content-type": {"const": "application/json"},
            "traceparent": {
                "type": "string",
                "pattern": _TRACE,
                "description": "W3C trace context of the work it belongs to.",
            },
        },
    }


def headers_of(names: Names, kind: str, version: int) -> Schema:
    """The schema of the headers of one kind of packet."""
    return {
        "allOf": [
            {"$ref": "#/components/schemas/envelope"},
            {
                "type": "object",
                "properties": {
                    "ce-type": {"const": kind},
                    "ce-dataschema": {"const": f"urn:qpf:{names.fleet}:packet:{kind}:{version}"},
                },
            },
        ]
    }
