"""Compiling with memory, seen from outside: what is written, said and extracted, and what it must equal."""

import gc
import io
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

from qpf import pipeline
from qpf.cli.exit import status
from qpf.cli.main import main
from qpf.io.lockfile import LOCK_NAME, write_lock
from qpf.io.worktree import WorkTree
from qpf.model.diagnostic import Report
from qpf.render.json import findings

MESH = Path(__file__).parent.parent / "fleets" / "mesh"
EVENT = '{"version": 1, "event": '
MOST_RUNS = 50
"""After so many compiles in a row a fleet that nobody touches must be known unchanged."""

Tree = dict[str, tuple[bool, bytes]]
"""Files by path, each with its executable bit and its content."""


@dataclass(frozen=True)
class Run:
    """One `qpf compile`: its exit status, the document it printed, its events, and all of stderr."""

    status: int
    document: Mapping[str, Any]
    events: tuple[Mapping[str, Any], ...]
    errors: str

    @property
    def stood_still(self) -> bool:
        """Whether it ended before it read anything."""
        return self.status == 0 and not self.events

    @property
    def findings(self) -> list[Mapping[str, Any]]:
        """What it found."""
        found: list[Mapping[str, Any]] = self.document["findings"]
        return found

    def written(self) -> dict[str, set[str]]:
        """Paths that were written, by environment."""
        return {each["name"]: set(each["written"]) for each in self.document.get("environments", ())}

    def removed(self) -> dict[str, set[str]]:
        """Paths that were removed, by environment."""
        return {each["name"]: set(each["removed"]) for each in self.document.get("environments", ())}

    def origins(self) -> dict[str, dict[str, str]]:
        """Where each agent's files came from, by environment."""
        found: dict[str, dict[str, str]] = {}
        for event in self.events:
            if event["event"] == "extraction_finished":
                found.setdefault(event["environment"], {})[event["agent"]] = event["origin"]
        return found


def compile_fleet(root: Path, *arguments: str) -> Run:
    """Run `qpf -C root compile` inside this process."""
    output, errors = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True) for _ in range(2))
    command = ["qpf", "-C", str(root), "compile", "-j1", "-o", "json", "--progress", "json", *arguments]
    left: object = 0
    with redirect_stdout(output), redirect_stderr(errors), patch.object(sys, "argv", command):
        try:
            main()
        except SystemExit as leave:
            left = leave.code
        finally:
            gc.enable()  # A command ends its process, and so leaves collecting to nobody.
    return run_of(int(str(left or 0)), _text(output), _text(errors))


def run_of(code: int, output: str, errors: str) -> Run:
    """What a compile with `-o json --progress json` said."""
    lines = [line for line in errors.splitlines() if line.startswith(EVENT)]
    document = json.loads(output) if output.startswith("{") else {"findings": []}
    return Run(code, document, tuple(map(json.loads, lines)), errors)


def stand(root: Path, *arguments: str) -> Run:
    """Compile until nothing is left to do but to see that; returns the run that saw it."""
    for _ in range(MOST_RUNS):
        run = compile_fleet(root, *arguments)
        assert run.status == 0, (run.document, run.errors)
        if run.stood_still:
            return run
    message = f"not known unchanged after {MOST_RUNS} compiles"
    raise AssertionError(message)


def small(root: Path) -> Path:
    """A small fleet, known unchanged."""
    shutil.copytree(MESH, root)
    stand(root)
    return root


def is_seen(root: Path) -> None:
    """Demand that the next compile looks, and makes what the line makes."""
    run = compile_fleet(root)
    assert run.status == 0, (run.document, run.errors)
    assert not run.stood_still
    assert emitted(root) == line(root).tree


def git(root: Path, *arguments: str) -> None:
    """Run git in a folder."""
    who = ("-c", "user.name=a", "-c", "user.email=a@example.org")
    subprocess.run(["git", "-C", root, *who, *arguments], check=True, capture_output=True)


def replaced(path: Path) -> None:
    """Let a copy of a file take its place."""
    copy = path.with_name(f".{path.name}.new")
    shutil.copy(path, copy)
    copy.replace(path)


def tree_of(folder: Path) -> Tree:
    """Every file of every environment in a folder but the environments' inputs; no link is followed."""
    found: Tree = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_symlink():
            found[name] = (False, b"-> " + os.fsencode(path.readlink()))
        elif path.is_file() and path.name != "environment.yaml":
            found[name] = (bool(path.stat().st_mode & 0o100), path.read_bytes())
    return found


def emitted(root: Path) -> Tree:
    """What lies in the environments of a fleet."""
    return tree_of(root / "environments")


@dataclass(frozen=True)
class Line:
    """What the line makes of a fleet in memory, every agent and stage anew, and what it finds."""

    tree: Tree
    findings: list[dict[str, Any]]
    status: int


def line(root: Path) -> Line:
    """Compile in memory; nothing is remembered or written."""
    loaded = pipeline.load(WorkTree(root))
    workspace = loaded.value
    assert workspace is not None
    report, tree = loaded.report, Tree()
    if report.failed and workspace.configuration is not None:
        names = workspace.configuration.environments
        report += Report.join(pipeline.check(workspace, name).report for name in names)
    elif not report.failed:
        outcome = pipeline.compile_fleet(workspace)
        report += outcome.report
        for each in () if report.failed else outcome.value:
            name = each.environment.name
            tree[f"{name}/{LOCK_NAME}"] = (False, write_lock(each.lock))
            tree |= {f"{name}/{one.path}": (one.executable, one.content) for one in each.artifacts}
    return Line(tree, findings(report), status(report))


def sources(root: Path, into: Path) -> Path:
    """A copy of what a person wrote of a fleet: no outputs, no memory."""

    def outputs(folder: str, names: list[str]) -> set[str]:
        where = Path(folder).relative_to(root).parts
        if not where:
            return {".qpf", ".git"} & set(names)
        inside = len(where) == 2 and where[0] == "environments"
        return set(names) - {"environment.yaml"} if inside else set()

    shutil.copytree(root, into, symlinks=True, ignore=outputs)
    return into


def put_back(kept: Path, root: Path) -> None:
    """Make a fleet's sources those of a copy."""
    for name in ("agents", "templates", "logic", "base", "sub"):
        shutil.rmtree(root / name)
    shutil.copytree(kept, root, dirs_exist_ok=True)


def statuses(root: Path) -> dict[str, tuple[int, int]]:
    """Inode and time of writing of every output."""
    folder = root / "environments"
    found = {}
    for path in folder.rglob("*"):
        status = path.lstat()
        if not path.is_dir() and path.name != "environment.yaml":
            found[path.relative_to(folder).as_posix()] = (status.st_ino, status.st_mtime_ns)
    return found


def _text(stream: io.TextIOWrapper) -> str:
    stream.seek(0)
    return stream.read()
