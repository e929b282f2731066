"""What of a folder comes out of a git repository; asks git itself, and lets it run nothing else."""

import os
from pathlib import Path

_QUIET = (
    # It does not matter who owns the repository, because no program that it names is run.
    *("-c", "safe.directory=*"),
    *("-c", "core.fsmonitor=false"),
)
_NAMED = ("GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE", "GIT_PREFIX", "GIT_COMMON_DIR")
"""Inside a hook these name the hook's own repository, which need not be the one a folder is in."""


def committed(folder: Path) -> frozenset[str]:
    """What git knows in a folder: names right below it in small letters, or its own if it is a repository.

    Where there is no repository, or no git, nobody can have committed anything.
    """
    if not folder.exists() or not any((above / ".git").exists() for above in folder.parents):
        return frozenset()
    import subprocess

    try:
        done = subprocess.run(  # noqa: S603  # fixed words and the name of our own folder
            ["git", *_QUIET, "ls-files", "-z", "--", f":(icase,literal){folder.name}"],  # noqa: S607  # the one in PATH
            cwd=folder.parent,
            env={name: value for name, value in os.environ.items() if name not in _NAMED},
            capture_output=True,
            stdin=subprocess.DEVNULL,
            check=False,
        )
    except OSError:
        return frozenset()
    paths = os.fsdecode(done.stdout).lower().split("\0")
    return frozenset(path.split("/")[:2][-1] for path in paths if path)
