"""What a source said when a lock was written, as far as git remembers."""

from pathlib import Path

from qpf.model.digest import digest

DEPTH = 50
"""Commits of one file that are searched."""


def earlier_content(root: Path, path: str, wanted: str) -> bytes | None:
    """The content of a source that has a digest, in the latest commits that touch it; None if not found."""
    from git import InvalidGitRepositoryError, NoSuchPathError, Repo  # slow to import
    from git.exc import GitError

    try:
        with Repo(root, search_parent_directories=True) as repo:
            below = root.resolve().relative_to(Path(str(repo.working_tree_dir)).resolve()) / path
            for commit in repo.iter_commits(paths=below.as_posix(), max_count=DEPTH):
                try:
                    content: bytes = (commit.tree / below.as_posix()).data_stream.read()
                except KeyError:  # this commit removed it
                    continue
                if digest(content) == wanted:
                    return content
    except (InvalidGitRepositoryError, NoSuchPathError, GitError, ValueError, OSError):
        return None
    return None
