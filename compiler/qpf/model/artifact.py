"""What emitters produce, in memory."""

from collections.abc import Mapping
from types import MappingProxyType

from msgspec import Struct

from qpf.model.digest import digest
from qpf.model.node import Data
from qpf.model.output import Output

COMPOSED = "composed"
"""Folder of the composed documents, and the emitter's name they are locked under."""


def composed_path(agent: str) -> str:
    """Where an agent's composed document lies."""
    return f"{COMPOSED}/{agent}.yaml"


class Artifact(Struct, frozen=True):
    """One file of an environment.

    Attributes:
        path: POSIX, relative to the environment's folder.
        content: Its bytes.
        state: What the file stands for in the approved state of its agent (`golden/`),
            by topic, for instance `{"resources": {"Deployment/main-agent": {...}}}`.
        complete: Whether `state` says all that the file says, so that approving needs no digest of it.
        executable: Whether it is a program.
        emitter: Who wrote it; stamped by the host.
        subject: The agent it belongs to; empty for the environment. Stamped by the host.
    """

    path: str
    content: bytes
    state: Mapping[str, Data] = MappingProxyType({})
    complete: bool = False
    executable: bool = False
    emitter: str = ""
    subject: str = ""

    @property
    def output(self) -> Output:
        """The same without its bytes."""
        return Output(
            self.path, digest(self.content), len(self.content), self.executable, self.emitter, self.subject
        )
