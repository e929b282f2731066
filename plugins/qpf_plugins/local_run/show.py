"""How the fate of a packet is shown."""

from collections.abc import Iterator, Mapping
from typing import cast

from pydantic_core import to_json

from qpf_plugins.local_run.delivery import Delivered
from qpf_runtime.envelope import ERROR, Json

MEANING = {
    "approved": "APPROVED",
    "escalated": "ESCALATED: a person must decide",
    "rejected": "REJECTED",
}


def as_json(environment: str, delivered: Delivered) -> str:
    """Give all of it as one JSON document."""
    document = {
        "version": 1,
        "environment": environment,
        "target": delivered.target,
        "kind": delivered.kind,
        "via": delivered.via,
        "correlation_id": delivered.correlation_id,
        "reply": delivered.reply,
        "path": delivered.path,
        "turns": delivered.turns,
    }
    return to_json(document, indent=2).decode()


def as_text(environment: str, delivered: Delivered) -> str:
    """Give it for a person's eyes."""
    return "\n".join(_lines(environment, delivered))


def _lines(environment: str, delivered: Delivered) -> Iterator[str]:
    reply = delivered.reply
    if not delivered.waited:
        yield f"{delivered.kind} → {delivered.target}: accepted"
        yield f"follow it with: qpf trace {delivered.correlation_id} --env {environment}"
        return
    if reply is None:
        yield f"{delivered.kind} → {delivered.target}: done (the port gives no reply)"
    else:
        payload = cast("Mapping[str, Json]", reply["payload"])
        yield f"{delivered.kind} → {delivered.target} → {reply['kind']}"
        if reply["kind"] == ERROR:
            yield f"FAILED at {payload['at']} ({payload['code']}): {payload['message']}"
        else:
            yield from _fields(payload)
    yield "path"
    yield from (f"  {number:>2}  {hop}" for number, hop in enumerate(delivered.path, 1))
    yield from _aftermath(delivered)
    yield from _next(environment, delivered)


def _next(environment: str, delivered: Delivered) -> Iterator[str]:
    """Name the commands that go on from here."""
    reply = delivered.reply
    answer = reply["payload"] if reply is not None else None
    if reply is not None and reply["kind"] == ERROR and isinstance(answer, dict):
        if delivered.lasting and answer.get("passing") is not True:
            given_up = f"{reply['causation_id']} --env {environment}"
            yield f"given up: qpf dlq show {given_up}; when the cause is mended: qpf dlq replay {given_up}"
        return
    if not delivered.turns:
        yield f"all of it: qpf trace {delivered.correlation_id} --env {environment}"
    if delivered.lasting and isinstance(answer, dict) and answer.get("decision") == "escalated":
        yield f"decide it: qpf approvals list --env {environment}"


def _fields(payload: Mapping[str, Json]) -> Iterator[str]:
    decision = payload.get("decision")
    if isinstance(decision, str):
        yield f"decision    {MEANING.get(decision, decision)}"
    width = max((len(name) for name in payload), default=0)
    for name, value in payload.items():
        if name == "decision":
            continue
        if isinstance(value, list):
            yield name
            yield from (f"  - {item}" for item in value)
        else:
            yield f"{name:<{max(width, 11)}} {value}"


def _aftermath(delivered: Delivered) -> Iterator[str]:
    # What was asked and answered is part of the path already. Who finishes first is chance.
    told = sorted(
        (
            turn
            for turn in delivered.turns
            if not turn["answers"] and turn["packet_id"] != turn["correlation_id"]
        ),
        key=lambda turn: (str(turn["kind"]), str(turn["agent"])),
    )
    if told:
        yield "and told, without waiting"
    for turn in told:
        hops = ", ".join(str(hop).partition(".")[2] for hop in cast("list[str]", turn["hops"]))
        failure = turn["failure"]
        fate = f" FAILED: {failure['message']}" if isinstance(failure, dict) else ""
        yield f"      {turn['kind']} → {turn['agent']}: {hops}{fate}"
