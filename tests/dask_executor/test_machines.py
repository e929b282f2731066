"""The command line with workers that stand in for machines: in folders of their own, without the fleet."""

import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks import fleet
from tests.compilation.memory import Tree, emitted, sources
from tests.compilation.ways import QPF
from tests.dask_executor.farm import Farm, farm
from tests.servers import Server

pytestmark = [pytest.mark.network, pytest.mark.slow, pytest.mark.xdist_group("dask")]


@pytest.fixture
def machines(tmp_path: Path) -> Iterator[tuple[Farm, Server]]:
    """A scheduler with two workers, and one of those."""
    with (
        farm(tmp_path / "farm") as made,
        made.worker("one", place="/") as one,
        made.worker("two", place=str(tmp_path)),
    ):
        yield made, one


@pytest.fixture
def small(tmp_path: Path) -> tuple[Path, Tree]:
    """A fleet of a few orders, and what one process makes of it."""
    fleet.make(80, tmp_path / "fleet")
    alone = sources(tmp_path / "fleet", tmp_path / "alone")
    subprocess.run([QPF, "-C", alone, "compile", "-j1"], check=True, capture_output=True)
    return tmp_path / "fleet", emitted(alone)


def begin(root: Path, made: Farm) -> "subprocess.Popen[str]":
    """Compile a fleet there, telling every event."""
    command = [str(QPF), "-C", str(root), "compile", "--executor", f"dask:{made.address}", "--progress=json"]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)


def wait_for(event: str, process: "subprocess.Popen[str]") -> None:
    assert process.stderr is not None
    next(line for line in process.stderr if f'"{event}"' in line)


def said(process: "subprocess.Popen[str]") -> str:
    """What a compile says beside its events."""
    _, errors = process.communicate()
    return "".join(line for line in errors.splitlines(keepends=True) if not line.startswith("{"))


def makes(process: "subprocess.Popen[str]", root: Path, files: Tree) -> None:
    """Demand that a compile makes these files and says nothing beside its events."""
    assert said(process) == ""
    assert process.returncode == 0
    assert emitted(root) == files


def test_machines_make_the_same_tree(machines, small):
    made, _ = machines
    root, files = small
    process = begin(root, made)
    makes(process, root, files)


def test_a_machine_that_fails_midway_changes_nothing_and_is_not_mentioned(machines, small):
    made, one = machines
    root, files = small
    process = begin(root, made)
    wait_for("extraction_finished", process)
    one.kill()
    makes(process, root, files)


def test_a_scheduler_that_fails_midway_is_a_finding_and_nothing_is_written(machines, small):
    made, _ = machines
    root, _ = small
    process = begin(root, made)
    wait_for("extraction_started", process)
    os.killpg(made.scheduler.pid, signal.SIGKILL)
    text = said(process)
    assert process.returncode == 1
    assert text.startswith("error[QPF070 unfinished-work]: the executor gave no result for agents `agent_")
    assert text.endswith("\n1 error\n")
    assert "Traceback" not in text
    assert emitted(root) == {}
