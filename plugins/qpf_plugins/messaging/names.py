"""What streams, consumers and subjects are called: the convention of the runtime, which may not be installed.

A tested law holds the two together: what is emitted here is what the runtime derives from its configuration.
"""

from msgspec import Struct

from qpf.api import Environment

PRIORITIES = ("critical", "high", "medium", "low")
"""From the most urgent to the least; each is a consumer of an agent's stream."""

OUTSIDE = "outside"
"""Who sends what no agent sends."""

OPERATOR = "operator"
"""Who looks into queues and replays, and declares the streams."""

TAKEN = (OUTSIDE, OPERATOR, "advisories", "dead")
"""Names that no agent may have: senders, users and streams are called so."""


class Names(Struct, frozen=True):
    """The names of one environment of one fleet."""

    fleet: str
    environment: str

    @property
    def prefix(self) -> str:
        """What all its subjects begin with."""
        return f"qpf.{self.fleet}.{self.environment}"

    def packet(self, agent: str, port: str, priority: str, sender: str) -> str:
        """Where a sender's packets of one priority go in."""
        return f"{self.prefix}.packet.{agent}.{port}.{priority}.{sender}"

    def reply(self, asker: str, token: str) -> str:
        """Where an answer to one who waits goes."""
        return f"{self.prefix}.reply.{asker}.{token}"

    def dead(self, agent: str) -> str:
        """Where packets go that an agent gave up."""
        return f"{self.prefix}.dead.{agent}"

    def stream(self, agent: str) -> str:
        """The stream packets for an agent wait in."""
        return f"qpf_{self.fleet}_{self.environment}_{agent}"


def names_of(environment: Environment) -> Names:
    """The names of an environment."""
    return Names(environment.fleet.name, environment.name)
