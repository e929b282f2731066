"""What lies in a folder of committed output; follows no links, changes nothing."""

import os
import stat
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

INPUT = "environment.yaml"
"""The one source that lives among output."""


def observe(folder: Path) -> dict[str, bytes]:
    """Every file below a folder by POSIX path, sorted; empty where there is no folder.

    A symbolic link or special file is given by what it is: qpf writes neither, so it never
    equals what should be there.
    """
    found: dict[str, bytes] = {}
    _walk(folder, "", found)
    found.pop(INPUT, None)
    return dict(sorted(found.items()))


def _walk(folder: Path, prefix: str, found: dict[str, bytes]) -> None:
    try:
        entries = list(os.scandir(folder))
    except (FileNotFoundError, NotADirectoryError):
        return
    for entry in entries:
        path = f"{prefix}{entry.name}"
        if entry.is_dir(follow_symlinks=False):
            if entry.name not in ("__pycache__", ".git"):
                _walk(Path(entry.path), f"{path}/", found)
        elif entry.is_file(follow_symlinks=False):
            found[path] = Path(entry.path).read_bytes()
        elif entry.is_symlink():
            found[path] = b"a symbolic link to " + os.fsencode(os.readlink(entry.path))
        else:
            found[path] = b"a special file"


def programs(folder: Path, paths: Iterable[str]) -> frozenset[str]:
    """Those of some files that their owner may run: the only permission that counts, as in git."""
    found = set()
    for path in paths:
        with suppress(OSError):
            if os.lstat(folder / path).st_mode & stat.S_IXUSR:
                found.add(path)
    return frozenset(found)
