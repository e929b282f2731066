"""The sources as a git revision holds them, read without checkout.

GitPython is imported only when a revision is asked for: it costs a fifth of a second.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

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
    from pathlib import Path

    from git import Repo

    from qpf.model.fleet import Source

_KINDS = {0o100: Kind.FILE, 0o120: Kind.LINK, 0o040: Kind.FOLDER}


class Revision:
    """A fleet's folder as it is in one revision; the folder may be any below the repository's top."""

    def __init__(self, root: Path, rev: str) -> None:
        self._root = os.path.realpath(root)
        self._rev = rev

    def sources(self) -> Outcome[tuple[Source, ...]]:
        """Read every input, sorted by path; everything wrong with the tree is in one report."""
        try:
            from git import Repo  # noqa: PLC0415 - lazily, see above
            from git.exc import InvalidGitRepositoryError, NoSuchPathError  # noqa: PLC0415 - as above
        except ImportError:
            return _failed(
                "git is not installed, so revisions cannot be read", "install git, or compile the work tree"
            )
        try:
            repository = Repo(self._root, search_parent_directories=True)
        except (InvalidGitRepositoryError, NoSuchPathError):
            return _failed(
                f"revision `{self._rev}` cannot be read: this folder is in no git repository",
                "leave out `--rev`, or name a fleet inside a repository with `-C DIR`",
            )
        with repository:
            return self._read(repository)

    def _read(self, repository: Repo) -> Outcome[tuple[Source, ...]]:
        from git.exc import GitCommandError  # noqa: PLC0415 - as above

        # Inside a git hook this variable names the hook's own repository, which need not be ours.
        repository.git.update_environment(GIT_DIR=str(repository.git_dir))
        top = repository.working_tree_dir
        below = "" if top is None else os.path.relpath(self._root, os.path.realpath(top))
        name = f"{self._rev}^{{commit}}"
        try:
            commit = repository.git.rev_parse("--verify", "--quiet", "--end-of-options", name)
        except (GitCommandError, ValueError):
            return _failed(
                f"there is no revision `{self._rev}` in this repository",
                "see `git log --oneline` and `git branch -a`; a shallow clone lacks older commits",
            )
        return collect(_Blobs(repository, commit, "" if below == "." else below))


class _Blobs:
    """One commit as a place that holds files: folders are listed only when they are asked for."""

    def __init__(self, repository: Repo, commit: str, below: str) -> None:
        self._database = repository.odb
        self._below = below
        self._trees: dict[str, dict[str, tuple[bytes, int]]] = {}
        self._commit = repository.commit(commit)

    def entries(self, folder: str) -> list[Entry]:
        return [
            Entry(name.encode(errors="surrogateescape"), _kind(mode))
            for name, (_, mode) in self._tree(folder).items()
        ]

    def kind(self, path: str) -> Kind | None:
        parent, _, name = path.rpartition("/")
        found = self._tree(parent).get(name)
        return None if found is None else _kind(found[1])

    def target(self, link: str) -> str:
        try:
            return self.read(link).decode()
        except UnicodeDecodeError as error:
            message = "its target is not UTF-8"
            raise UnreadableError(message) from error

    def read(self, path: str) -> bytes:
        parent, _, name = path.rpartition("/")
        found = self._tree(parent).get(name)
        if found is None:
            message = "it is not in this revision"
            raise NotInRevisionError(message)
        if _kind(found[1]) not in {Kind.FILE, Kind.LINK}:
            raise SpecialFileError(_kind(found[1]).value)
        return self._blob(found[0])

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
        """The names in a folder with their blob and mode."""
        if folder not in self._trees:
            self._trees[folder] = self._parse(folder)
        return self._trees[folder]

    def _parse(self, folder: str) -> dict[str, tuple[bytes, int]]:
        path = "/".join(part for part in (self._below, folder) if part)
        tree: Any = self._commit.tree
        try:
            for part in path.split("/") if path else ():
                tree = tree / part
            return {item.name: (item.binsha, item.mode) for item in tree}
        except KeyError as error:
            message = "it is not in this revision"
            raise NotInRevisionError(message) from error
        except (AttributeError, TypeError, ValueError, OSError) as error:
            message = "git cannot list it (not a folder, or a damaged repository)"
            raise UnreadableError(message) from error


def _kind(mode: int) -> Kind:
    return _KINDS.get(mode >> 9, Kind.OTHER)


def _failed(message: str, hint: str) -> Outcome[tuple[Source, ...]]:
    return Outcome((), Report.of([Diagnostic(codes.BAD_REVISION, message, start_of("qpf.yaml"), hint=hint)]))
