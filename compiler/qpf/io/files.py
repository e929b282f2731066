"""Files of our own, in the workshop: replaced whole, so that nobody ever reads half of one."""

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
