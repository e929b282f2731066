"""Which files of a folder are ours: those that a lock names, the caller's, the disk's or a killed run's."""

from collections.abc import Mapping
from pathlib import Path

from qpf.io.lockfile import LOCK_NAME, read_lock, salvage
from qpf.io.selection import ENVIRONMENT_FILE
from qpf.model.digest import digest


def owned_files(
    target: Path, intent: Path, previous: Mapping[str, str] | None, lock: bytes, known: str
) -> dict[str, str]:
    """Digest by path of all that we wrote, as the caller, the disk and a killed run say.

    The lock on disk is read again because another compile may have written since the caller looked; not if
    it is the one that the caller knows, by its digest.
    """
    owned: dict[str, str] = {}
    for place in (intent, target / LOCK_NAME):
        try:
            content = place.read_bytes() if not place.is_symlink() else b""
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            continue
        if previous is not None and (content == lock or digest(content) == known):
            continue
        read = read_lock(LOCK_NAME, content).value
        owned.update((entry.path, entry.digest) for entry in (read.artifacts if read else salvage(content)))
    owned.update(previous or {})
    owned.pop(ENVIRONMENT_FILE, None)  # An input, whatever somebody made a lock say.
    return owned
