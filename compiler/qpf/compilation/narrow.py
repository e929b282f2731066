"""A compile of some agents: the others stay as they lie there."""

from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from qpf.io.compare import Known, scan
from qpf.io.seen import Seen
from qpf.model.lock import ArtifactEntry, Lock
from qpf.model.output import Output


class Narrowed(Struct, frozen=True):
    """What a folder is to hold.

    Attributes:
        outputs: The files of the chosen agents as they were compiled, all others as they lie there.
        lock: Its lock.
        owned: Digest by path of what we wrote there last, what is no file of ours any more left out.
    """

    outputs: tuple[Output, ...]
    lock: Lock
    owned: Mapping[str, str]


def narrow(
    outputs: Iterable[Output], lock: Lock, agents: Collection[str], folder: Path, previous: Lock, seen: Seen
) -> Narrowed:
    """Take only the chosen agents' files.

    The lock keeps the inputs it was sealed over until nothing is left to compile, so an environment
    that is half new is known to be stale.

    Args:
        outputs: All that was compiled.
        lock: What seals that.
        agents: The chosen ones.
        folder: Where the files are to lie.
        previous: The lock that is there.
        seen: Files there whose content is known.
    """
    kept = [entry for entry in previous.artifacts if entry.subject not in agents]
    there = tuple(_there(kept, folder, seen))
    ours = {output.path for output in there}
    chosen = tuple(output for output in outputs if output.subject in agents)
    entries = sorted((*kept, *(entry for entry in lock.artifacts if entry.subject in agents)))
    inputs = lock if tuple(entries) == lock.artifacts else previous
    owned = (entry for entry in previous.artifacts if entry.subject in agents or entry.path in ours)
    return Narrowed(
        chosen + there,
        replace(inputs, artifacts=tuple(entries)),
        {entry.path: entry.digest for entry in owned},
    )


def _there(entries: Iterable[ArtifactEntry], folder: Path, seen: Seen) -> Iterable[Output]:
    """The files of some entries as they lie there, whoever wrote them last; what is gone stays so."""
    known = Known(folder, scan(folder), seen)
    for path, _, emitter, subject in entries:
        digest, stamp = known.state(path)
        if stamp is not None:
            yield Output(path, digest, stamp.size, stamp.executable, emitter, subject)
