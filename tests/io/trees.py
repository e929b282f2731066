"""Fleets on disk and in git for the tests of this folder."""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

from qpf.io.revision import Revision
from qpf.io.tree import SourceTree
from qpf.io.worktree import WorkTree
from qpf.model.diagnostic import Outcome
from qpf.model.fleet import Source

Read = Callable[[Path], Outcome[tuple[Source, ...]]]

_GIT = ("git", "-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false")


def write(root: Path, files: dict[str, str]) -> Path:
    """Write files; a value `-> x` makes a symbolic link to x."""
    for path, content in files.items():
        place = root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        if content.startswith("-> "):
            place.symlink_to(content[3:])
        else:
            place.write_bytes(content.encode())
    return root


def git(root: Path, *arguments: str, stdin: bytes = b"") -> str:
    """Run git in a folder, free of the caller's own repository."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    done = subprocess.run(
        [*_GIT, *arguments], cwd=root, env=environment, input=stdin, capture_output=True, check=True
    )
    return done.stdout.decode().strip()


def commit(root: Path) -> str:
    """Commit all that lies in a folder but what qpf remembers; its revision."""
    git(root, "init", "-q")
    git(root, "add", "-A", "-f", ".", ":(exclude).qpf")
    git(root, "commit", "-q", "--allow-empty", "-m", "x")
    return git(root, "rev-parse", "HEAD")


def from_disk(root: Path) -> Outcome[tuple[Source, ...]]:
    tree: SourceTree = WorkTree(root)
    return tree.sources()


def from_git(root: Path) -> Outcome[tuple[Source, ...]]:
    tree: SourceTree = Revision(root, commit(root))
    return tree.sources()


def paths(outcome: Outcome[tuple[Source, ...]]) -> list[str]:
    return [source.path for source in outcome.value]


def found(outcome: Outcome[tuple[Source, ...]]) -> list[tuple[str, str]]:
    """Code name and file of each finding."""
    return [(one.code.name, one.span.source if one.span else "") for one in outcome.report.diagnostics]
