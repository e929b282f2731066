"""SIGKILL at any moment of `qpf compile` leaves all environments old or all new, and the next run heals."""

import subprocess
import sys
import time
from pathlib import Path
from random import Random

import pytest

from benchmarks import fleet

ENVIRONMENTS = ("dev", "staging", "production")
QPF = Path(sys.executable).parent / "qpf"


def compile_fleet(root: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [QPF, "-C", root, "compile"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )


def trees(root: Path) -> dict[str, bytes]:
    folder = root / "environments"
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.name != "environment.yaml"
    }


def say(root: Path, milliseconds: int) -> None:
    """Change every agent of every environment."""
    for base in (root / "base").glob("*.yaml"):
        lines = base.read_text().splitlines(keepends=True)
        base.write_text(
            "".join(
                f"{line.partition('decisionlatencymaxms')[0]}decisionlatencymaxms: {milliseconds}\n"
                if "decisionlatencymaxms:" in line
                else line
                for line in lines
            )
        )


def kill_repeatedly(root: Path, kills: int, seed: int) -> None:
    fleet.make(12, root, environments=len(ENVIRONMENTS))
    states: list[dict[str, bytes]] = []
    duration = 0.0
    for milliseconds in (400, 401):
        say(root, milliseconds)
        started = time.monotonic()
        assert compile_fleet(root).wait() == 0
        duration = time.monotonic() - started
        states.append(trees(root))
    assert states[0] != states[1]
    moments = Random(seed)  # noqa: S311  # seeded: the same moments in every run
    for number in range(kills):
        say(root, 400 + number % 2)
        victim = compile_fleet(root)
        time.sleep(moments.uniform(duration / 3, duration))
        victim.kill()
        victim.wait()
        assert trees(root) in states
        assert compile_fleet(root).wait() == 0
        assert trees(root) == states[number % 2]


@pytest.mark.slow
def test_a_kill_leaves_all_environments_old_or_all_new(tmp_path: Path) -> None:
    kill_repeatedly(tmp_path / "fleet", kills=8, seed=1)


@pytest.mark.hunt
def test_many_kills_leave_all_environments_old_or_all_new(tmp_path: Path) -> None:
    kill_repeatedly(tmp_path / "fleet", kills=300, seed=2)
