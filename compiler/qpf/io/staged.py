"""The sources as they are staged: as the next commit will hold them, whatever else lies in the work tree."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, TypeVar

from qpf.io.revision import Blobs, Revision, Trees, unread

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from git import Repo

    from qpf.model.diagnostic import Outcome

T = TypeVar("T")
_FOLDER = 0o040000
_INDEX = "GIT_INDEX_FILE"


class Staged(Revision):
    """A fleet's folder as it is in git's index."""

    def __init__(self, root: Path) -> None:
        super().__init__(root, "")

    _option = "--staged"

    @property
    def _called(self) -> str:
        return "what is staged"

    def _read(
        self, repository: Repo, below: str, read: Callable[[Blobs], Outcome[T]], nothing: T
    ) -> Outcome[T]:
        from git.exc import GitCommandError

        # While git commits, its hooks find the index of that commit under this name; another
        # repository's is none of our business.
        index = os.environ.get(_INDEX)
        if index is not None and not os.path.realpath(index).startswith(
            f"{os.path.realpath(repository.git_dir)}{os.sep}"
        ):
            repository.git.update_environment(**{_INDEX: os.path.join(repository.git_dir, "index")})
        try:
            listed = repository.git.ls_files(
                "--stage", "-z", "--full-name", ":/", strip_newline_in_stdout=False
            )
        except GitCommandError as error:
            return unread(
                nothing, f"git cannot say what is staged: {error.stderr.strip()}", "see `git status`"
            )
        trees: Trees = {"": {}}
        for line in listed.split("\0")[:-1]:
            about, _, path = line.partition("\t")
            mode, sha, stage = about.split()
            if stage != "0":
                return unread(nothing, f"`{path}` is in conflict", "resolve the merge, and stage the file")
            _place(trees, path, bytes.fromhex(sha), int(mode, 8))
        return read(Blobs(repository, b"", below, trees))


def _place(trees: Trees, path: str, sha: bytes, mode: int) -> None:
    """Put a file into the folders above it."""
    while True:
        folder, _, name = path.rpartition("/")
        known = folder in trees
        trees.setdefault(folder, {})[name] = (sha, mode)
        if known:
            return
        path, sha, mode = folder, b"", _FOLDER
