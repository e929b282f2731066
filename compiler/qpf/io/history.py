"""What a source said when a lock was written, as far as git remembers."""

from pathlib import Path

from qpf.model.digest import digest

DEPTH = 50
"""Commits of one file that are searched."""


def earlier_content(root: Path, path: str, wanted: str) -> bytes | None:
    """The content of a source that has a digest, staged or in the latest commits that touch it, or None."""
    try:
        from git import InvalidGitRepositoryError, NoSuchPathError, Repo  # slow to import
        from git.exc import GitError
    except ImportError:  # there is no git
        return None
    try:
        with Repo(root, search_parent_directories=True) as repo:
            below = root.resolve().relative_to(Path(str(repo.working_tree_dir)).resolve()) / path
            staged = repo.index.entries.get((below.as_posix(), 0))
            if staged is not None:
                content: bytes = repo.odb.stream(staged.binsha).read()
                if digest(content) == wanted:
                    return content
            for commit in repo.iter_commits(paths=below.as_posix(), max_count=DEPTH):
                try:
                    content = (commit.tree / below.as_posix()).data_stream.read()
                except KeyError:  # this commit removed it
                    continue
                if digest(content) == wanted:
                    return content
    except (InvalidGitRepositoryError, NoSuchPathError, GitError, ValueError, OSError):
        return None
    return None
