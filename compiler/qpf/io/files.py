"""Files replaced whole, so that nobody ever reads half of one."""

import os
import stat
import tempfile
from collections import Counter
from collections.abc import Collection
from pathlib import Path


def replace_file(path: Path, content: bytes, mode: int | None = None) -> None:
    """Write a file, and the folders above it.

    Args:
        path: The file.
        content: What it holds from now on.
        mode: Its permissions, if people own it; it is flushed to disk then too.

    Raises:
        OSError: If it cannot be written; the old one is there then.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".", delete=False) as file:
        fresh = Path(file.name)
        try:
            file.write(content)
            if mode is not None:
                file.flush()
                os.fsync(file.fileno())
                fresh.chmod(mode)
        except OSError:
            fresh.unlink(missing_ok=True)
            raise
    fresh.replace(path)


def shared(root: Path, names: Collection[str]) -> frozenset[str]:
    """Those of some names below a folder that stand, by links, for a file that another one stands for."""
    places = {name: (root / name).resolve() for name in names}
    times = Counter(places.values())
    return frozenset(name for name, place in places.items() if times[place] > 1)


def replace_source(path: Path, content: bytes) -> None:
    """Write a file that people own: whole, flushed to disk, with the permissions that it has.

    A link stays one; what it leads to is written.

    Raises:
        OSError: If it cannot be written; the old one is there then.
    """
    place = path.resolve()
    replace_file(place, content, stat.S_IMODE(place.stat().st_mode) if place.exists() else 0o644)
