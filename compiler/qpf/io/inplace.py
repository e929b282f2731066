"""Write a folder file by file, where the file system cannot swap folders or link files.

Each file is whole at every moment, the folder as a whole is not: a kill between two files leaves a
mixture. The paths we are about to write are noted first (the intent), so that the next run knows
them for ours and heals the folder.
"""

import os
from contextlib import suppress
from pathlib import Path

from qpf.io.compare import LITTER, Comparison, Wanted
from qpf.io.lockfile import LOCK_NAME
from qpf.io.stage import add_folders, create, remove


def write_in_place(folder: Path, intent: Path, wanted: Wanted, comparison: Comparison) -> None:
    """Bring a folder to its new state; the lock comes last."""
    intent.unlink(missing_ok=True)
    create(f"{intent}", wanted, LOCK_NAME)
    folder.mkdir(parents=True, exist_ok=True)
    remove(folder, comparison)
    add_folders(folder, comparison)
    for path in sorted(comparison.written, key=lambda path: (path == LOCK_NAME, path)):
        place = f"{folder}/{path}"
        fresh = f"{os.path.dirname(place)}/{LITTER}"
        with suppress(FileNotFoundError):
            os.unlink(fresh)
        create(fresh, wanted, path)
        os.replace(fresh, place)
    intent.unlink()
