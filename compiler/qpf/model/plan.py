"""What will be extracted, in which order, and why."""

from msgspec import Struct


class Extraction(Struct, frozen=True):
    """One node of the plan: an agent in an environment.

    Attributes:
        agent: Its name.
        dependencies: Agents whose interface it uses, sorted.
        interface: Digest of what dependents can see: ports, packet kinds, names.
        key: Digest of all that can change the output.
    """

    agent: str
    dependencies: tuple[str, ...]
    interface: str
    key: str


class Plan(Struct, frozen=True):
    """Extractions, dependencies first, ties by name."""

    environment: str
    extractions: tuple[Extraction, ...]
