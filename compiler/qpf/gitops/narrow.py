"""A compile of some agents: the others stay as they are committed."""

from collections.abc import Collection, Mapping
from dataclasses import replace

from qpf.model.artifact import Artifact
from qpf.model.compiled import Compiled
from qpf.model.lock import Lock


def narrow(
    compiled: Compiled, agents: Collection[str], committed: Mapping[str, bytes], previous: Lock | None
) -> Compiled:
    """Take only the chosen agents' artifacts; everything else as the folder has it.

    The lock keeps the inputs it was sealed over until nothing is left to compile, so an environment
    that is half new is known to be stale. Without a lock there is nothing to keep: all is taken.
    """
    if not agents or previous is None:
        return compiled
    kept = {entry.path: entry for entry in previous.artifacts if entry.subject not in agents}
    chosen = [artifact for artifact in compiled.artifacts if artifact.subject in agents]
    programs = {artifact.path for artifact in compiled.artifacts if artifact.executable}
    others = [
        Artifact(
            path,
            committed[path],
            executable=path in programs,
            emitter=entry.emitter,
            subject=entry.subject,
        )
        for path, entry in kept.items()
        if path in committed
    ]
    entries = sorted(
        (*kept.values(), *(entry for entry in compiled.lock.artifacts if entry.subject in agents))
    )
    inputs = compiled.lock if tuple(entries) == compiled.lock.artifacts else previous
    return replace(
        compiled,
        artifacts=tuple(sorted((*chosen, *others), key=lambda artifact: artifact.path)),
        lock=replace(inputs, artifacts=tuple(entries)),
    )
