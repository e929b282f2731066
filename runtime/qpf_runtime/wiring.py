"""What is behind an agent's ports, held against what its configuration says should be."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NoReturn

from pydantic import ValidationError

from qpf_runtime.config import AgentConfig, Route
from qpf_runtime.envelope import PacketEnvelope
from qpf_runtime.errors import ConfigurationError, RequestFailed, field_problems, said
from qpf_runtime.packet import Packet
from qpf_runtime.turn import Step


@dataclass(frozen=True, slots=True)
class Flow:
    """What happens to packets of one input port."""

    packet_type: type[Packet]
    steps: tuple[Step, ...]
    reply_type: type[Packet] | None


class Wiring:
    """The ports of one agent. Every mistake is a `ConfigurationError` that names agent and port."""

    def __init__(self, config: AgentConfig) -> None:
        self._config = config
        self.inputs: dict[str, Flow] = {}
        self.packet_types: dict[str, type[Packet]] = {}
        self.asked: dict[str, type[Packet]] = {}

    @property
    def reply_types(self) -> dict[str, type[Packet]]:
        """By port, the type of the reply; input ports win."""
        return {**self.asked, **self.answered}

    @property
    def answered(self) -> dict[str, type[Packet]]:
        """By input port, the type of the reply it gives."""
        return {port: flow.reply_type for port, flow in self.inputs.items() if flow.reply_type}

    def add_input(
        self,
        port: str,
        packet_type: type[Packet],
        steps: Sequence[Step],
        reply_type: type[Packet] | None,
    ) -> None:
        """Put a flow behind an input port."""
        configured = self._config.inputs.get(port)
        if configured is None:
            self._refuse(f"input port {port} is not configured")
        if port in self.inputs:
            self._refuse(f"input port {port} is wired twice")
        if not steps:
            self._refuse(f"input port {port} has no steps")
        self._compare(f"input port {port}", configured.packet, packet_type)
        self._compare(f"the reply of input port {port}", configured.reply, reply_type)
        self.inputs[port] = Flow(packet_type, tuple(steps), reply_type)

    def add_output(self, port: str, packet_type: type[Packet], reply_type: type[Packet] | None) -> None:
        """Say what leaves by an output port."""
        configured = self._config.outputs.get(port)
        if configured is None:
            self._refuse(f"output port {port} is not configured")
        if port in self.packet_types:
            self._refuse(f"output port {port} is wired twice")
        self._compare(f"output port {port}", configured.packet, packet_type)
        self._compare(f"the reply of output port {port}", configured.reply, reply_type)
        self.packet_types[port] = packet_type
        if reply_type is not None:
            self.asked[port] = reply_type

    def check(self) -> None:
        """Refuse to start with a port that leads nowhere."""
        unwired = [
            *(f"input port {port}" for port in self._config.inputs if port not in self.inputs),
            *(f"output port {port}" for port in self._config.outputs if port not in self.packet_types),
            *(f"route of {port}" for port in self._config.routes if port not in self._config.outputs),
        ]
        if unwired:
            self._refuse("configured but not wired: " + ", ".join(sorted(unwired)))

    def routes(self, port: str, packet: Packet) -> tuple[Route, ...]:
        """Give the receivers of an output port."""
        if port not in self.packet_types:
            known = ", ".join(sorted(self.packet_types)) or "none"
            self._refuse(f"there is no output port {port}; there is {known}")
        self._compare(f"output port {port}", self.packet_types[port].kind, type(packet))
        return self._config.routes.get(port, ())

    def check_reply(self, port: str, reply: PacketEnvelope) -> None:
        """Refuse a reply that is not what the port waits for."""
        expected = self.asked[port]
        if reply.kind != expected.kind:
            msg = f"{reply.source} answered with {reply.kind}, not {expected.kind}"
            raise RequestFailed(msg, reply)
        try:
            expected.read(reply.payload)
        except ValidationError as error:
            msg = f"{reply.source} answered with a bad {expected.kind}: {said(field_problems(error))}"
            raise RequestFailed(msg, reply) from None

    def _compare(self, what: str, kind: str | None, packet_type: type[Packet] | None) -> None:
        given = packet_type.kind if packet_type else None
        if given != kind:
            self._refuse(f"{what} is for {kind or 'no packet'}, not for {given or 'no packet'}")

    def _refuse(self, what: str) -> NoReturn:
        msg = f"agent {self._config.name}: {what}"
        raise ConfigurationError(msg)
