"""SIGKILL at any moment of `qpf compile` leaves all environments old or all new, and the next run heals.

All processes of a compile are killed at once, as a machine's end would. The fleet is large enough for several
to work; compiles are cold, of one agent, and of all, in turn; some are killed twice before one may end.
"""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import NamedTuple

import pytest

from benchmarks import fleet
from tests.compilation.memory import EVENT, Tree, emitted, line
from tests.servers import wait_until

AGENTS = 60
ENVIRONMENTS = ("dev", "staging")
KINDS = ("cold", "one agent", "all agents")
INTERRUPTED = 130
QPF = Path(sys.executable).parent / "qpf"


class Says(NamedTuple):
    """What the sources say where they change: for all agents, and for one."""

    milliseconds: int = 400
    title: str = "Agent 7"

    def write(self, root: Path) -> None:
        """Make the sources say so."""
        for base in (root / "base").glob("*.yaml"):
            _set(base, "decisionlatencymaxms", str(self.milliseconds))
        _set(root / "agents" / "agent_00007.yaml", "title", self.title)

    def changed(self, kind: str) -> "Says":
        """Something else, for the agents that are meant."""
        if kind == "one agent":
            return self._replace(title="Agent 8" if self.title == "Agent 7" else "Agent 7")
        return self._replace(milliseconds=801 - self.milliseconds)


def _set(path: Path, key: str, value: str) -> None:
    lines = path.read_text().splitlines(keepends=True)
    path.write_text(
        "".join(
            f"{each.partition(key)[0]}{key}: {value}\n" if each.strip().startswith(f"{key}:") else each
            for each in lines
        )
    )


def compile_fleet(root: Path) -> subprocess.Popen[str]:
    """Begin a compile that is a process group of its own."""
    return subprocess.Popen(
        [QPF, "-C", root, "compile", "-j2", "--progress", "json"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def finish(root: Path) -> float:
    """Compile to the end; returns how long it took."""
    started = time.monotonic()
    process = compile_fleet(root)
    _, errors = process.communicate()
    assert process.returncode == 0, errors
    return time.monotonic() - started


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The fleet, compiled."""
    root = fleet.make(AGENTS, tmp_path_factory.mktemp("kills") / "fleet", environments=len(ENVIRONMENTS))
    Says().write(root)
    finish(root)
    return root


def kill_repeatedly(root: Path, kills: int, seed: int) -> None:
    trees: dict[Says, Tree] = {}
    says = Says()
    durations = dict.fromkeys(KINDS, 0.0)
    for kind in ("one agent", "all agents", "one agent", "all agents"):
        says.write(root)
        trees[says] = line(root).tree
        durations[kind] = finish(root)
        says = says.changed(kind)
    durations["cold"] = durations["all agents"] * 1.5
    chance = Random(seed)  # noqa: S311  # seeded: the same moments in every run
    done = 0
    while done < kills:
        kind = KINDS[done % len(KINDS)]
        old, says = says, says.changed(kind)
        says.write(root)
        for _ in range(chance.choice((1, 1, 2))):
            if kind == "cold":
                shutil.rmtree(root / ".qpf", ignore_errors=True)
            victim = compile_fleet(root)
            time.sleep(chance.uniform(0.1, 1.0) * durations[kind])
            os.killpg(victim.pid, signal.SIGKILL)
            victim.communicate()
            done += 1
            assert emitted(root) in (trees[old], trees[says]), (kind, done)
        finish(root)
        assert emitted(root) == trees[says], (kind, done)


@pytest.mark.slow
def test_a_kill_leaves_all_environments_old_or_all_new(root: Path) -> None:
    kill_repeatedly(root, kills=8, seed=1)


@pytest.mark.hunt
def test_many_kills_leave_all_environments_old_or_all_new(root: Path) -> None:
    kill_repeatedly(root, kills=300, seed=2)


def begin(root: Path, events: int) -> subprocess.Popen[str]:
    """A cold compile of changed agents that has told of so many events."""
    Says(milliseconds=500 + events).write(root)
    shutil.rmtree(root / ".qpf")
    process = compile_fleet(root)
    assert process.stderr is not None
    for _ in range(events):
        assert process.stderr.readline().startswith(EVENT)
    return process


def living(group: int) -> list[int]:
    """Processes of a group that still run."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            state, _, of = (entry / "stat").read_text().rpartition(")")[2].split()[:3]
        except OSError:
            continue
        if int(of) == group and state != "Z":
            found.append(int(entry.name))
    return found


@pytest.mark.slow
@pytest.mark.parametrize(("send", "events"), [(os.killpg, 1), (os.killpg, 30), (os.kill, 4)])
def test_an_interrupted_compile_leaves_the_old_state_and_nobody_behind(
    root: Path, send: Callable[[int, int], None], events: int
) -> None:
    before = emitted(root)
    process = begin(root, events)
    send(process.pid, signal.SIGINT)
    _, errors = process.communicate()
    assert process.returncode == INTERRUPTED, errors
    assert "Traceback" not in errors
    assert living(process.pid) == []
    assert emitted(root) == before
    finish(root)
    assert emitted(root) == line(root).tree


@pytest.mark.slow
@pytest.mark.parametrize("death", [signal.SIGKILL, signal.SIGTERM])
def test_who_works_for_a_compile_that_died_ends_too(root: Path, death: signal.Signals) -> None:
    before = emitted(root)
    process = begin(root, 10)
    process.send_signal(death)
    process.communicate()
    assert process.returncode == -death
    wait_until(lambda: not living(process.pid))
    assert emitted(root) == before
    finish(root)
    assert emitted(root) == line(root).tree
