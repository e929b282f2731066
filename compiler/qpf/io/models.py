"""What the plugins of a revision accept: its own code says so, in a process and a folder of its own."""

import json
import os
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterable, Mapping
from importlib.util import find_spec
from pathlib import Path

from qpf.evolution.codes import UNREADABLE_SCHEMA
from qpf.model.diagnostic import Diagnostic, Note, Outcome, Report

_SECONDS = 120
_LINES = 5


def models(
    root: Path, rev: str, packages: Iterable[str], environ: Mapping[str, str]
) -> Outcome[bytes | None]:
    """The JSON Schema of composed agents as of a revision.

    Packages that lie in the repository are taken from the revision, all others as they are installed.

    Args:
        root: A folder inside the repository.
        rev: The revision; empty for the work tree.
        packages: Names of the import packages of the compiler and its plugins.
        environ: The environment that the code is run with.
    """
    if not rev:
        return _exported([], rev, environ)
    from git import Repo  # a fifth of a second, for those who need it
    from git.exc import GitError

    try:
        with (
            Repo(root, search_parent_directories=True) as repository,
            tempfile.TemporaryDirectory() as folder,
        ):
            top = Path(str(repository.working_tree_dir)).resolve()
            commit = repository.git.rev_parse("--verify", "--quiet", "--end-of-options", f"{rev}^{{commit}}")
            archive = Path(folder) / "tree.tar"
            with archive.open("wb") as handle:
                repository.archive(handle, commit, format="tar")
            tree = Path(folder) / "tree"
            with tarfile.open(archive) as packed:
                packed.extractall(tree, filter="data")
            return _exported([tree / each for each in _roots(top, packages)], rev, environ)
    except (GitError, ValueError, OSError, tarfile.TarError) as error:
        hint = "see `git log --oneline` and `git branch -a`"
        return _refused(f"the revision {rev} cannot be read: {type(error).__name__}", hint)


def _roots(top: Path, packages: Iterable[str]) -> list[Path]:
    """Where packages are imported from, relative to the repository; of those that lie in it."""
    roots: list[Path] = []
    for name in packages:
        spec = find_spec(name)
        places = [Path(each).parent for each in (spec.submodule_search_locations or ())] if spec else []
        if spec is not None and spec.origin and not places:
            places = [Path(spec.origin).parent]
        for place in places:
            here = place.resolve()
            if here.is_relative_to(top) and here.relative_to(top) not in roots:
                roots.append(here.relative_to(top))
    return roots


def _exported(roots: list[Path], rev: str, environ: Mapping[str, str]) -> Outcome[bytes | None]:
    environment = {**environ, "PYTHONPATH": os.pathsep.join(map(str, roots)), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-P", "-m", "qpf", "schema", "export", "--kind", "composed"]
    try:
        done = subprocess.run(  # noqa: S603  # this interpreter, and words of ours
            command,
            env=environment,
            capture_output=True,
            check=False,
            timeout=_SECONDS,
            stdin=subprocess.DEVNULL,
        )
        json.loads(done.stdout or b"null")
    except (subprocess.TimeoutExpired, ValueError):
        return _refused(
            f"the code of {rev or 'the work tree'} does not say what it accepts", "see `qpf schema export`"
        )
    if done.returncode or not done.stdout:
        said = done.stderr.decode(errors="replace").strip().splitlines()[-_LINES:]
        return _refused(
            f"the code of {rev or 'the work tree'} cannot say what it accepts",
            "see `qpf schema export`",
            said,
        )
    return Outcome(done.stdout)


def _refused(message: str, hint: str, said: Iterable[str] = ()) -> Outcome[None]:
    notes = tuple(Note(line) for line in said)
    return Outcome(None, Report.of([Diagnostic(UNREADABLE_SCHEMA, message, notes=notes, hint=hint)]))
