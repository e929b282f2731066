"""Where the history of the work tree parted from another one."""

from pathlib import Path


def merge_base(root: Path, rev: str) -> str:
    """The last revision that HEAD and another one have in common; the other one, if there is none."""
    try:
        from git import InvalidGitRepositoryError, NoSuchPathError, Repo  # slow to import
        from git.exc import GitError
    except ImportError:  # there is no git, as whoever reads the revision will say
        return rev
    try:
        with Repo(root, search_parent_directories=True) as repo:
            repo.git.update_environment(GIT_DIR=str(repo.git_dir))
            return str(repo.git.merge_base("--end-of-options", "HEAD", rev)) or rev
    except (InvalidGitRepositoryError, NoSuchPathError, GitError, ValueError):
        return rev
