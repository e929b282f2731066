"""The AsyncAPI 3.0 document of a whole fleet: channels, operations, messages; what a stranger needs to know.

A channel is one subject: one sender's packets of one priority to one input port. Each lane has two
operations, its sender's and its receiver's; packets from outside have the receiver's only.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from qpf.api import Environment
from qpf_plugins.messaging.headers import headers_of, headers_schema
from qpf_plugins.messaging.names import OUTSIDE, Names, names_of
from qpf_plugins.messaging.options import options_of
from qpf_plugins.messaging.payload import payload_schema
from qpf_plugins.messaging.traffic import Lane, lanes

Part = dict[str, Any]

ERROR = "error"
"""Kind of a reply that says what went wrong."""


def document(environment: Environment) -> Part:
    """The document of an environment."""
    names = names_of(environment)
    all_lanes = tuple(lanes(environment))
    packets = environment.glue.packets
    kinds = sorted({kind for lane in all_lanes for kind in (lane.packet, lane.reply) if kind in packets})
    return {
        "asyncapi": "3.0.0",
        "id": f"urn:qpf:{names.fleet}:{names.environment}",
        "info": {
            "title": f"Packets of {names.fleet} in {names.environment}",
            "version": environment.fleet.schema_version,
            "description": (
                "Every packet the agents send each other and take from outside. Delivery is at least once: "
                "a packet may come again under the same id, and its effects happen once."
            ),
        },
        "defaultContentType": "application/json",
        "servers": {
            "nats": {
                "host": options_of(environment).server,
                "protocol": "nats",
                "description": "NATS with JetStream; packets wait in a stream for each agent.",
            }
        },
        "channels": {**_packet_channels(names, all_lanes), **_reply_channels(names, all_lanes)},
        "operations": dict(_operations(all_lanes)),
        "components": {
            "messages": {
                **{kind: _message(names, kind, packets[kind]) for kind in kinds},
                ERROR: _error(names),
            },
            "schemas": {
                "envelope": headers_schema(names),
                **{f"{kind}_payload": payload_schema(kind, packets[kind]) for kind in kinds},
                f"{ERROR}_payload": _ERROR_PAYLOAD,
            },
        },
    }


def _packet_channels(names: Names, all_lanes: Iterable[Lane]) -> Part:
    return {
        _channel(lane): {
            "address": names.packet(lane.agent, lane.port, lane.priority, lane.sender),
            "title": f"{lane.packet} from {lane.sender} to {lane.agent}",
            "servers": [{"$ref": "#/servers/nats"}],
            "messages": {lane.packet: {"$ref": f"#/components/messages/{lane.packet}"}},
        }
        for lane in all_lanes
    }


def _reply_channels(names: Names, all_lanes: Iterable[Lane]) -> Part:
    answers: dict[str, set[str]] = {}
    for lane in all_lanes:
        if lane.reply:
            answers.setdefault(lane.sender, set()).add(lane.reply)
    return {
        f"reply.{asker}": {
            "address": names.reply(asker, "{token}"),
            "title": f"Answers to {asker}",
            "servers": [{"$ref": "#/servers/nats"}],
            "parameters": {"token": {"description": "Names the question, as its reply subject says."}},
            "messages": {kind: {"$ref": f"#/components/messages/{kind}"} for kind in (*sorted(kinds), ERROR)},
        }
        for asker, kinds in sorted(answers.items())
    }


def _operations(all_lanes: Iterable[Lane]) -> Iterable[tuple[str, Part]]:
    for lane in all_lanes:
        if lane.sender != OUTSIDE:
            yield (
                f"{lane.sender}.{lane.output}.send.{lane.agent}.{lane.port}",
                _operation("send", lane, f"{lane.sender} sends {lane.packet} to {lane.agent}"),
            )
        yield (
            f"{lane.agent}.{lane.port}.receive.{lane.sender}.{lane.priority}",
            _operation("receive", lane, f"{lane.agent} takes {lane.packet} from {lane.sender}"),
        )


def _operation(action: str, lane: Lane, title: str) -> Part:
    channel = f"#/channels/{_channel(lane)}"
    operation: Part = {
        "action": action,
        "channel": {"$ref": channel},
        "title": title,
        "messages": [{"$ref": f"{channel}/messages/{lane.packet}"}],
        "tags": [{"name": lane.agent if action == "receive" else lane.sender}],
    }
    if lane.reply:
        back = f"#/channels/reply.{lane.sender}"
        operation["reply"] = {
            "channel": {"$ref": back},
            "messages": [{"$ref": f"{back}/messages/{kind}"} for kind in (lane.reply, ERROR)],
        }
    return operation


def _channel(lane: Lane) -> str:
    return f"packet.{lane.agent}.{lane.port}.{lane.priority}.{lane.sender}"


def _message(names: Names, kind: str, contract: Mapping[str, Any]) -> Part:
    return {
        "name": kind,
        "title": kind,
        "summary": contract["description"],
        "contentType": "application/json",
        "headers": headers_of(names, kind, contract["version"]),
        "payload": {"$ref": f"#/components/schemas/{kind}_payload"},
        "x-version": contract["version"],
    }


def _error(names: Names) -> Part:
    return {
        "name": ERROR,
        "title": ERROR,
        "summary": "Says why a packet was not handled.",
        "contentType": "application/json",
        "headers": headers_of(names, ERROR, 1),
        "payload": {"$ref": f"#/components/schemas/{ERROR}_payload"},
    }


_ERROR_PAYLOAD: Part = {
    "title": ERROR,
    "type": "object",
    "required": ["at", "code", "fields", "message", "passing"],
    "properties": {
        "code": {"type": "string", "description": "Why, in one word."},
        "message": {"type": "string", "description": "Why, for a person."},
        "at": {"type": "string", "description": "The step it failed at, or the address that refused it."},
        "fields": {
            "type": "array",
            "description": "Each part of a payload that does not fit.",
            "items": {
                "type": "object",
                "properties": {"field": {"type": "string"}, "problem": {"type": "string"}},
            },
        },
        "passing": {"type": "boolean", "description": "Whether the same packet may succeed later."},
    },
}
