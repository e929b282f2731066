"""What a packet must be before an agent takes it up."""

from datetime import datetime
from typing import NoReturn

from pydantic import ValidationError

from qpf_runtime.config import AgentConfig
from qpf_runtime.envelope import OUTSIDE, PacketEnvelope
from qpf_runtime.errors import field_problems, said
from qpf_runtime.failure import Failure, TurnError
from qpf_runtime.packet import Packet
from qpf_runtime.wiring import Flow, Wiring


def admit(config: AgentConfig, wiring: Wiring, envelope: PacketEnvelope) -> tuple[Flow, Packet]:
    """Check a packet: its address, sender, kind, version and payload, in this order.

    Raises:
        TurnError: With the first thing that is wrong.
    """
    at = envelope.target
    flow = wiring.inputs.get(envelope.port)
    if flow is None or envelope.agent != config.name:
        known = ", ".join(sorted(wiring.inputs)) or "none"
        _refuse("unknown_port", f"agent {config.name} has no input port for {at}; it has {known}", at)
    senders = config.inputs[envelope.port].senders
    if envelope.source != OUTSIDE and senders and envelope.source not in senders:
        allowed = ", ".join(senders)
        _refuse(
            "forged_source", f"{at} takes packets from {allowed} or outside, not from {envelope.source}", at
        )
    expected = flow.packet_type
    if envelope.kind != expected.kind:
        _refuse("wrong_kind", f"{at} takes {expected.kind} packets, not {envelope.kind}", at)
    if envelope.packet_version != expected.version:
        told = f"version {expected.version} of {envelope.kind}, not {envelope.packet_version}"
        _refuse("wrong_version", f"{at} takes {told}", at)
    try:
        return flow, expected.read(envelope.payload)
    except ValidationError as error:
        problems = field_problems(error)
        msg = f"not a {envelope.kind} packet: {said(problems)}"
        raise TurnError(Failure("invalid_payload", msg, at, problems)) from None


def in_time(envelope: PacketEnvelope, now: datetime) -> None:
    """Check that somebody still needs a packet that was not handled before.

    Raises:
        TurnError: If its deadline has passed.
    """
    if envelope.expired(now):
        _refuse("expired", f"nobody needs it since {envelope.deadline}", envelope.target)


def resent(envelope: PacketEnvelope, digest: str, source: str, causation_id: str | None) -> None:
    """Check that a packet whose id was seen before is the same packet.

    One that a turn caused may differ in its payload: a turn that ran again asks under the same id, and what
    it was answered first stands.

    Raises:
        TurnError: If somebody used the id of another packet.
    """
    same_cause = envelope.causation_id is not None and envelope.causation_id == causation_id
    if envelope.source != source or (envelope.digest != digest and not same_cause):
        _refuse("id_reused", f"{envelope.id} is the id of another packet that was handled", envelope.target)


def _refuse(code: str, message: str, at: str) -> NoReturn:
    raise TurnError(Failure(code, message, at))
