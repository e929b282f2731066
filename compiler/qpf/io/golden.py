"""Writes the approved documents of an environment."""

from collections.abc import Collection, Mapping
from pathlib import Path

from msgspec import Struct

from qpf.io.files import replace_file


class GoldenChanges(Struct, frozen=True):
    """What approving did, by file name."""

    written: list[str]
    unchanged: list[str]
    removed: list[str]


def publish_golden(
    root: Path, environment: str, documents: Mapping[str, bytes], agents: Collection[str] = ()
) -> GoldenChanges:
    """Write golden/<env>/, each file in one step; with `agents`, only theirs.

    Approvals of agents that are no longer compiled are removed unless `agents` limits the call.
    """
    folder = root / "golden" / environment
    folder.mkdir(parents=True, exist_ok=True)
    written, unchanged, removed = [], [], []
    for name, content in sorted(documents.items()):
        if agents and name.removesuffix(".yaml") not in agents:
            continue
        path = folder / name
        if path.is_file() and not path.is_symlink() and path.read_bytes() == content:
            unchanged.append(name)
            continue
        replace_file(path, content, 0o644)
        written.append(name)
    for path in sorted(folder.glob("*.yaml")) if not agents else ():
        if path.name not in documents:
            path.unlink()
            removed.append(path.name)
    return GoldenChanges(written, unchanged, removed)
