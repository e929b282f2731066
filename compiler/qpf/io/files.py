"""Files replaced whole, so that nobody ever reads half of one."""

import os
import stat
import tempfile
from pathlib import Path


def replace_file(path: Path, content: bytes) -> None:
    """Write a file, and the folders above it.

    Raises:
        OSError: If it cannot be written; the old one is there then.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".", delete=False) as file:
        fresh = Path(file.name)
        try:
            file.write(content)
        except OSError:
            fresh.unlink(missing_ok=True)
            raise
    fresh.replace(path)


def replace_source(path: Path, content: bytes) -> None:
    """Write a file that people own: whole, flushed to disk, with the permissions that it has.

    A link stays one; what it leads to is written.

    Raises:
        OSError: If it cannot be written; the old one is there then.
    """
    place = path.resolve()
    mode = place.stat().st_mode if place.exists() else 0o644
    with tempfile.NamedTemporaryFile(dir=place.parent, prefix=".", delete=False) as file:
        fresh = Path(file.name)
        try:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
            fresh.chmod(stat.S_IMODE(mode))
        except OSError:
            fresh.unlink(missing_ok=True)
            raise
    fresh.replace(place)
