"""The approved state of an agent as one canonical document."""

from collections.abc import Iterable

from qpf.model.artifact import COMPOSED, Artifact
from qpf.model.digest import digest
from qpf.model.node import Data, thaw


def golden(environment: str, agent: str, artifacts: Iterable[Artifact]) -> Data:
    """What a person approves: what emitters say their files stand for, and digests of the rest.

    Args:
        environment: The environment's name.
        agent: The agent's name.
        artifacts: The agent's artifacts. Composed documents are passed over: they say what was asked
            for, not what runs.
    """
    document: dict[str, Data] = {"version": 1, "environment": environment, "agent": agent}
    files: dict[str, str] = {}
    for artifact in artifacts:
        if artifact.emitter == COMPOSED:
            continue
        if not artifact.complete:
            files[artifact.path] = digest(artifact.content)
        for topic, state in artifact.state.items():
            plain = thaw(state)
            held = document.get(topic)
            document[topic] = (
                {**held, **plain} if isinstance(held, dict) and isinstance(plain, dict) else plain
            )
    document["files"] = files
    return document
