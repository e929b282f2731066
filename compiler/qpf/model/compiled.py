"""One environment, compiled."""

from collections.abc import Mapping
from functools import cached_property

from msgspec import Struct

from qpf.model.artifact import Artifact
from qpf.model.fleet import Environment
from qpf.model.lock import Lock
from qpf.model.output import Output
from qpf.model.plan import Plan


class Compiled(Struct, frozen=True, dict=True):
    """What the line makes of one environment.

    Attributes:
        artifacts: Sorted by path, composed documents included, the lock itself not.
    """

    environment: Environment
    plan: Plan
    artifacts: tuple[Artifact, ...]
    lock: Lock

    def artifacts_of(self, agent: str) -> Mapping[str, Artifact]:
        """An agent's artifacts by path; the environment's own for an empty name."""
        return self._by_subject.get(agent, {})

    def content(self, output: Output) -> bytes:
        """What a file holds."""
        return self._by_subject[output.subject][output.path].content

    @cached_property
    def _by_subject(self) -> Mapping[str, Mapping[str, Artifact]]:
        groups: dict[str, dict[str, Artifact]] = {}
        for each in self.artifacts:
            groups.setdefault(each.subject, {})[each.path] = each
        return groups
