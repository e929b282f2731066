"""What streams, consumers and subjects are called: the convention of the runtime, which may not be installed.

A tested law holds the two together: what is emitted here is what the runtime derives from its configuration.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from qpf.api import Diagnostic, Environment
from qpf_plugins.messaging.codes import UNUSABLE_BUS_NAME

PRIORITIES = ("critical", "high", "medium", "low")
"""From the most urgent to the least; each is a consumer of an agent's stream."""

OUTSIDE = "outside"
"""Who sends what no agent sends."""

OPERATOR = "operator"
"""Who looks into queues and replays, and declares the streams."""

TAKEN = (OUTSIDE, OPERATOR, "advisories", "dead")
"""Names that no agent may have: senders, users and streams are called so."""

_TOKEN = re.compile(r"[A-Za-z0-9_-]+\Z")


@dataclass(frozen=True, slots=True)
class Names:
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


def unusable(environment: Environment) -> Iterator[Diagnostic]:
    """Findings for names that cannot be one token of a subject, or mean something else on the bus."""
    for name, agent in environment.agents.items():
        if name in TAKEN:
            yield Diagnostic(
                UNUSABLE_BUS_NAME,
                f"an agent cannot be called {name}: on the bus the name means somebody else",
                agent.span(),
                hint=f"rename it, for instance to {name}_agent",
                subject=name,
                environment=environment.name,
            )
    for what, name in (("fleet", environment.fleet.name), ("environment", environment.name)):
        if not _TOKEN.match(name):
            yield Diagnostic(
                UNUSABLE_BUS_NAME,
                f"{what} {name} cannot be part of a subject: a subject's parts are divided by dots",
                environment.span,
                hint=f"rename the {what}: letters, digits, dashes and underscores",
                environment=environment.name,
            )
