"""Which repository a folder is in, and what of it was committed.

Git itself is asked, and runs nothing that the repository names.
"""

import os
from pathlib import Path

_QUIET = (
    # It does not matter who owns the repository, because no program that it names is run.
    *("-c", "safe.directory=*"),
    *("-c", "core.fsmonitor=false"),
)
_UNASKED = (
    # Inside a hook these name the hook's own repository, which need not be the one a folder is in.
    *("GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE", "GIT_PREFIX", "GIT_COMMON_DIR"),
    # How others' paths are meant.
    *("GIT_LITERAL_PATHSPECS", "GIT_GLOB_PATHSPECS", "GIT_NOGLOB_PATHSPECS", "GIT_ICASE_PATHSPECS"),
)


def repository(folder: Path) -> Path | None:
    """The folder of the repository that a folder is in, or is itself."""
    return next((each for each in (folder, *folder.parents) if (each / ".git").exists()), None)


def committed(folder: Path) -> frozenset[str]:
    """What git knows in a folder: names right below it in small letters, or its own if it is a repository.

    Where there is no repository that git can read, or no git, nobody can have committed anything.
    """
    if not folder.exists() or repository(folder.parent) is None:
        return frozenset()
    import subprocess

    try:
        done = subprocess.run(  # noqa: S603  # fixed words and the name of our own folder
            ["git", *_QUIET, "ls-files", "-z", "--", f":(icase,literal){folder.name}"],  # noqa: S607  # the one in PATH
            cwd=folder.parent,
            env={name: value for name, value in os.environ.items() if name not in _UNASKED},
            capture_output=True,
            stdin=subprocess.DEVNULL,
            check=False,
        )
    except OSError:
        return frozenset()
    paths = os.fsdecode(done.stdout).lower().split("\0")
    return frozenset(path.split("/")[:2][-1] for path in paths if path)
