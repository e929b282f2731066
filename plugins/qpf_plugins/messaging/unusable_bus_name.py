"""QPF620: a name that cannot stand in a subject."""

import re
from collections.abc import Iterator

from qpf.api import Code, Diagnostic, Environment, Pass, Severity
from qpf_plugins.messaging.names import TAKEN
from qpf_plugins.messaging.options import NAME

CODE = Code(
    "QPF620",
    "unusable-bus-name",
    Severity.ERROR,
    "A name cannot be part of a subject of the bus, or means something else there.",
)
_TOKEN = re.compile(r"[A-Za-z0-9_-]+\Z")


def check(environment: Environment) -> Iterator[Diagnostic]:
    """A name cannot be part of a subject of the bus, or means something else there.

    What it does:
        Where `messaging` is a target, looks at the names of the fleet, of the environment and of
        agents: each is one part of every subject, `qpf.FLEET.ENVIRONMENT.packet.AGENT.…`, and
        `outside`, `operator`, `advisories` and `dead` are names of the bus itself.

    Why is this bad:
        Parts of a subject are divided by dots: packets would go where nobody waits, or pass for
        those of somebody else.

    Example:
        ```yaml
        name: operator
        ```

    Use instead:
        ```yaml
        name: operator_agent
        ```
    """
    if NAME not in environment.settings.targets:
        return
    for name, agent in environment.agents.items():
        if name in TAKEN:
            yield Diagnostic(
                CODE,
                f"an agent cannot be called {name}: on the bus the name means somebody else",
                agent.span("name"),
                ("name",),
                hint=f"rename it, for instance to {name}_agent",
                subject=name,
                environment=environment.name,
            )
    for what, name in (("fleet", environment.fleet.name), ("environment", environment.name)):
        if not _TOKEN.match(name):
            yield Diagnostic(
                CODE,
                f"{what} {name} cannot be part of a subject: a subject's parts are divided by dots",
                environment.span,
                hint=f"rename the {what}: letters, digits, dashes and underscores",
                environment=environment.name,
            )


PASS = Pass("unusable-bus-name", 6, (CODE,), check, scope="environment", partial=True)
