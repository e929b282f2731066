"""The committed side: what environments/ and golden/ hold, read from disk."""

from collections.abc import Callable, Iterable
from pathlib import Path

from qpf.gitops.causes import Evidence, first_difference
from qpf.gitops.sourcemap import SourceMap
from qpf.io.history import earlier_content
from qpf.io.lockfile import LOCK_NAME, read_lock
from qpf.io.observe import observe, programs
from qpf.model.fleet import Source
from qpf.stages.parse import Documents


def evidence(
    root: Path,
    environment: str,
    sources: Iterable[Source],
    documents: Documents,
    maps: Callable[[str], SourceMap],
) -> Evidence:
    """Gather what a check of one environment looks at."""
    folder = f"environments/{environment}"
    disk = observe(root / folder)
    content = disk.get(LOCK_NAME)
    lock = read_lock(f"{folder}/{LOCK_NAME}", content).value if content is not None else None
    now = {source.path: source.content for source in sources}

    def changed_line(path: str, digest: str) -> int | None:
        earlier = earlier_content(root, path, digest)
        return first_difference(earlier, now[path]) if earlier is not None and path in now else None

    return Evidence(disk, lock, documents, maps, changed_line, programs(root / folder, disk))


def approved(root: Path, environment: str) -> dict[str, bytes]:
    """The approved documents of an environment, by file name."""
    found = observe(root / "golden" / environment)
    return {path: content for path, content in found.items() if path.endswith(".yaml") and "/" not in path}
