"""What streams, consumers and subjects are called: one convention for agents, tools and emitted files.

qpf.FLEET.ENV.packet.AGENT.PORT.PRIORITY.SENDER   a packet; a sender may publish under its own name only
qpf.FLEET.ENV.reply.ASKER.TOKEN                   an answer to an agent that waits
qpf.FLEET.ENV.dead.AGENT                          a packet that was given up
qpf_FLEET_ENV_AGENT                               stream of an agent, with one consumer a priority
qpf_FLEET_ENV_dead, qpf_FLEET_ENV_advisories      streams of the environment
"""

from dataclasses import dataclass

from qpf_runtime.envelope import OUTSIDE, PRIORITIES, PacketEnvelope, Priority

OPERATOR = "operator"
"""Identity of the tools of whoever operates a fleet; what they send comes from outside."""


@dataclass(frozen=True, slots=True)
class Topology:
    """The names of one environment of one fleet."""

    fleet: str
    environment: str

    @property
    def prefix(self) -> str:
        """What all its subjects begin with."""
        return f"qpf.{self.fleet}.{self.environment}"

    @property
    def packets(self) -> str:
        """Every packet's subject, as a pattern."""
        return f"{self.prefix}.packet.>"

    def stream(self, agent: str) -> str:
        """The stream packets for an agent wait in."""
        return f"qpf_{self.fleet}_{self.environment}_{agent}"

    def inbound(self, agent: str) -> str:
        """Subjects of all packets for an agent, as a pattern."""
        return f"{self.prefix}.packet.{agent}.>"

    def lane(self, agent: str, priority: Priority) -> str:
        """Subjects of the packets of one priority for an agent, as a pattern."""
        return f"{self.prefix}.packet.{agent}.*.{priority}.*"

    def durable(self, priority: Priority) -> str:
        """The consumer of a stream that hands out the packets of one priority."""
        return priority

    def subject(self, envelope: PacketEnvelope) -> str:
        """Where a packet is sent."""
        agent, port, sender = envelope.agent, envelope.port, envelope.sender
        return f"{self.prefix}.packet.{agent}.{port}.{envelope.priority}.{sender}"

    def read(self, subject: str) -> tuple[str, str, Priority, str]:
        """Tell agent, port, priority and sender of a packet's subject.

        Raises:
            ValueError: If it is not one.
        """
        start = f"{self.prefix}.packet."
        parts = subject.removeprefix(start).split(".")
        if subject.startswith(start) and len(parts) == len(("agent", "port", "priority", "sender")):
            for priority in PRIORITIES:
                if priority == parts[2]:
                    return parts[0], parts[1], priority, parts[3]
        msg = f"{subject} is not the subject of a packet of {self.fleet}/{self.environment}"
        raise ValueError(msg)

    def replies(self, asker: str = OUTSIDE) -> str:
        """Subjects of answers to an agent, as a pattern."""
        return f"{self.prefix}.reply.{asker}.>"

    def reply(self, asker: str, token: str) -> str:
        """Where one answer is sent."""
        return f"{self.prefix}.reply.{asker}.{token}"

    @property
    def dead_stream(self) -> str:
        """The stream of packets that were given up."""
        return f"qpf_{self.fleet}_{self.environment}_dead"

    def dead(self, agent: str) -> str:
        """Where packets go that an agent gave up."""
        return f"{self.prefix}.dead.{agent}"

    @property
    def advisory_stream(self) -> str:
        """The stream of the server's notices that a packet was handed out too often."""
        return f"qpf_{self.fleet}_{self.environment}_advisories"

    def advisories(self, agent: str) -> str:
        """Subjects of those notices about an agent, as a pattern."""
        return f"$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES.{self.stream(agent)}.*"
