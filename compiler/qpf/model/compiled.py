"""One environment, compiled."""

from dataclasses import dataclass

from qpf.model.artifact import Artifact
from qpf.model.fleet import Environment
from qpf.model.lock import Lock
from qpf.model.plan import Plan


@dataclass(frozen=True)
class Compiled:
    """What the line makes of one environment.

    Attributes:
        artifacts: Sorted by path, composed documents included, the lock itself not.
    """

    environment: Environment
    plan: Plan
    artifacts: tuple[Artifact, ...]
    lock: Lock

    def artifacts_of(self, agent: str) -> dict[str, Artifact]:
        """An agent's artifacts by path; the environment's own for an empty name."""
        return {each.path: each for each in self.artifacts if each.subject == agent}
