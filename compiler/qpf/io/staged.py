"""The sources as they are staged: as the next commit will hold them, whatever else lies in the work tree."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, TypeVar

from qpf.io.codes import BAD_REVISION
from qpf.io.revision import Blobs, Revision, Trees, unread
from qpf.io.tree import UnreadableError
from qpf.model.diagnostic import Diagnostic, Outcome, Report
from qpf.model.span import start_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from pathlib import Path

    from git import Repo

T = TypeVar("T")
_FOLDER = 0o040000
_FILE = 0o100644
_EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
_UNMERGED = "U"
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
        named = os.environ.get(_INDEX)
        if named is not None and not os.path.realpath(named).startswith(
            f"{os.path.realpath(repository.git_dir)}{os.sep}"
        ):
            repository.git.update_environment(**{_INDEX: os.path.join(repository.git_dir, "index")})
        try:
            # Against nothing, so that all is listed; what `git add -N` only announces is not staged.
            listed = repository.git.diff_index(
                "--cached",
                "--raw",
                "-z",
                "--no-renames",
                "--ita-invisible-in-index",
                _EMPTY_TREE,
                "--",
                f":(top,literal){below}",
                strip_newline_in_stdout=False,
            )
        except GitCommandError as error:
            return unread(
                nothing, f"git cannot say what is staged: {error.stderr.strip()}", "see `git status`"
            )
        trees: Trees = {"": {}}
        conflicts = set()
        parts = listed.split("\0")[:-1]
        for about, path in zip(parts[::2], parts[1::2], strict=True):
            _, mode, _, sha, status = about.split()
            if status == _UNMERGED:
                conflicts.add(path)
                _place(trees, path, b"", _FILE)
            else:
                _place(trees, path, bytes.fromhex(sha), int(mode, 8))
        index = _Index(repository, below, trees, conflicts)
        outcome = read(index)
        return Outcome(nothing, Report.of(map(_in_conflict, index.met))) if index.met else outcome


class _Index(Blobs):
    """What is staged; `met` are the files in conflict that somebody wanted to read."""

    def __init__(self, repository: Repo, below: str, trees: Trees, conflicts: Collection[str]) -> None:
        super().__init__(repository, b"", below, trees)
        self._conflicts = conflicts
        self.met: set[str] = set()

    def read(self, path: str) -> bytes:
        if self._at(path) in self._conflicts:
            self.met.add(path)
            message = "it is in conflict"
            raise UnreadableError(message)
        return super().read(path)


def _in_conflict(path: str) -> Diagnostic:
    hint = "resolve the merge, and stage the file"
    return Diagnostic(BAD_REVISION, f"`{path}` is in conflict", start_of(path), hint=hint)


def _place(trees: Trees, path: str, sha: bytes, mode: int) -> None:
    """Put a file into the folders above it."""
    while True:
        folder, _, name = path.rpartition("/")
        known = folder in trees
        trees.setdefault(folder, {})[name] = (sha, mode)
        if known:
            return
        path, sha, mode = folder, b"", _FOLDER
