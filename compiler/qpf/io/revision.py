"""The sources as a git revision holds them, read without checkout.

GitPython is imported only when a revision is asked for: it costs a fifth of a second.
"""

from __future__ import annotations

import os
from functools import partial
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from qpf.io import codes
from qpf.io.collect import collect
from qpf.io.tree import (
    LIMIT,
    Entry,
    Kind,
    NotInRevisionError,
    OversizedError,
    SpecialFileError,
    UnreadableError,
)
from qpf.model.diagnostic import Diagnostic, Outcome, Report
from qpf.model.span import start_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from git import Repo

    from qpf.model.fleet import Source

T = TypeVar("T")
Trees: TypeAlias = "dict[str, dict[str, tuple[bytes, int]]]"
"""The names in folders of a repository, with the object and mode of each."""
_KINDS = {0o100: Kind.FILE, 0o120: Kind.LINK, 0o040: Kind.FOLDER}


class Revision:
    """A fleet's folder as it is in one revision; the folder may be any below the repository's top."""

    def __init__(self, root: Path, rev: str) -> None:
        self._root = os.path.realpath(root)
        self._rev = rev

    def sources(self) -> Outcome[tuple[Source, ...]]:
        """Read every input, sorted by path; everything wrong with the tree is in one report."""
        return self._within(collect, ())

    def content(self, path: str) -> Outcome[bytes]:
        """Read one file, whatever it is to the fleet."""
        return self._within(partial(_one, self._rev, path), b"")

    def _within(self, read: Callable[[Blobs], Outcome[T]], nothing: T) -> Outcome[T]:
        """What can be read of the revision; nothing, with the reason, if there is none."""
        try:
            from git import Repo
            from git.exc import InvalidGitRepositoryError, NoSuchPathError
        except ImportError:
            why = "git is not installed, so revisions cannot be read"
            return unread(nothing, why, "install git, or compile the work tree")
        try:
            repository = Repo(self._root, search_parent_directories=True)
        except (InvalidGitRepositoryError, NoSuchPathError):
            return unread(
                nothing,
                f"{self._called} cannot be read: this folder is in no git repository",
                f"leave out `{self._option}`, or name a fleet inside a repository with `-C DIR`",
            )
        with repository:
            # Inside a git hook this variable names the hook's own repository, which need not be ours.
            repository.git.update_environment(GIT_DIR=str(repository.git_dir))
            top = repository.working_tree_dir
            below = "" if top is None else os.path.relpath(self._root, os.path.realpath(top))
            return self._read(repository, "" if below == "." else below, read, nothing)

    _option = "--rev"

    @property
    def _called(self) -> str:
        return f"revision `{self._rev}`"

    def _read(
        self, repository: Repo, below: str, read: Callable[[Blobs], Outcome[T]], nothing: T
    ) -> Outcome[T]:
        from git.exc import GitCommandError

        parse = partial(repository.git.rev_parse, "--verify", "--quiet", "--end-of-options")
        try:
            # In two steps: `:/words^{commit}` would search for a message that says so.
            commit = parse(f"{parse(self._rev)}^{{commit}}")
        except (GitCommandError, ValueError):
            return unread(
                nothing,
                f"there is no git revision `{self._rev}` in this repository",
                "see `git log --oneline` and `git branch -a`; a shallow clone lacks older commits",
            )
        tree = bytes.fromhex(parse(f"{commit}^{{tree}}"))
        return read(Blobs(repository, tree, below, {}))


class Blobs:
    """One tree of git as a place that holds files: folders are listed only when they are asked for."""

    def __init__(self, repository: Repo, tree: bytes, below: str, known: Trees) -> None:
        self._database = repository.odb
        self._top = tree
        self._below = below
        self._trees = known

    def entries(self, folder: str) -> list[Entry]:
        """The names in a folder, in any order."""
        names = self._tree(self._at(folder))
        return [
            Entry(name.encode(errors="surrogateescape"), _kind(mode)) for name, (_, mode) in names.items()
        ]

    def kind(self, path: str) -> Kind | None:
        """What stands at a path, links not followed; None for nothing."""
        found = self._find(path)
        return None if found is None else _kind(found[1])

    def target(self, link: str) -> str:
        """Where a symbolic link points, as written."""
        try:
            return self.read(link).decode()
        except UnicodeDecodeError as error:
            message = "its target is not UTF-8"
            raise UnreadableError(message) from error

    def read(self, path: str) -> bytes:
        """The content of a file."""
        found = self._find(path)
        if found is None:
            message = "it is not in this revision"
            raise NotInRevisionError(message)
        if _kind(found[1]) not in {Kind.FILE, Kind.LINK}:
            raise SpecialFileError(_kind(found[1]).value)
        return self._blob(found[0])

    def _at(self, path: str) -> str:
        return "/".join(part for part in (self._below, path) if part)

    def _find(self, path: str) -> tuple[bytes, int] | None:
        parent, _, name = self._at(path).rpartition("/")
        return self._tree(parent).get(name)

    def _blob(self, sha: bytes) -> bytes:
        try:
            stream = self._database.stream(sha)
        except (ValueError, OSError) as error:
            message = "git does not have its content (an incomplete clone, or a damaged repository)"
            raise UnreadableError(message) from error
        if stream.size > LIMIT:
            message = f"{stream.size} bytes"
            raise OversizedError(message)
        content: bytes = stream.read()
        return content

    def _tree(self, folder: str) -> dict[str, tuple[bytes, int]]:
        """The names in a folder of the repository, with the object and mode of each."""
        if folder not in self._trees:
            self._trees[folder] = self._parse(folder)
        return self._trees[folder]

    def _parse(self, folder: str) -> dict[str, tuple[bytes, int]]:
        # GitPython's own tree objects would be slow, and refuse a submodule that `.gitmodules` lacks.
        from git.objects.fun import tree_entries_from_data

        sha, mode = self._top, 0o040000
        parent, _, name = folder.rpartition("/")
        if folder:
            found = self._tree(parent).get(name)
            if found is None:
                message = "it is not in this revision"
                raise NotInRevisionError(message)
            sha, mode = found
        if _kind(mode) is not Kind.FOLDER:
            message = "it is not a folder"
            raise UnreadableError(message)
        try:
            entries = tree_entries_from_data(self._database.stream(sha).read())
        except (ValueError, OSError) as error:
            message = "git cannot list it (an incomplete clone, or a damaged repository)"
            raise UnreadableError(message) from error
        return {name: (sha, mode) for sha, mode, name in entries}


def _kind(mode: int) -> Kind:
    return _KINDS.get(mode >> 9, Kind.OTHER)


def _one(rev: str, path: str, blobs: Blobs) -> Outcome[bytes]:
    try:
        return Outcome(blobs.read(path))
    except UnreadableError as error:
        return unread(b"", f"{rev}:{path} cannot be read: {error}", error.hint)


def unread(nothing: T, message: str, hint: str) -> Outcome[T]:
    """Nothing, and why."""
    found = Diagnostic(codes.BAD_REVISION, message, start_of("qpf.yaml"), hint=hint)
    return Outcome(nothing, Report.of([found]))
