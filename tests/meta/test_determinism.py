"""Where, when and by whom a fleet is compiled does not show in what it compiles to."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from benchmarks import fleet
from tests.meta.copies import reference

ROOT = Path(__file__).parent.parent.parent


class Surroundings(NamedTuple):
    """What differs between two machines."""

    folder: str
    umask: int
    variables: dict[str, str]


HERE = Surroundings("here", 0o022, {"PYTHONHASHSEED": "0", "TZ": "UTC", "LC_ALL": "C.UTF-8", "COLUMNS": "80"})
THERE = Surroundings(
    "on another machine/böse Größe",
    0o077,
    {"PYTHONHASHSEED": "4242", "TZ": "Pacific/Kiritimati", "LC_ALL": "tr_TR.UTF-8", "COLUMNS": "200"},
)
ELSEWHERE = Surroundings(
    "x",
    0o000,
    {"PYTHONHASHSEED": "1", "TZ": "America/St_Johns", "LC_ALL": "C", "PYTHONUTF8": "0", "NO_COLOR": "1"},
)


def synthetic(folder: Path) -> None:
    """Twenty-three agents in three environments."""
    fleet.make(23, folder, environments=3)


def compiled(root: Path, make: Callable[[Path], None], around: Surroundings) -> dict[str, tuple[bool, bytes]]:
    """Compile a copy through the command line; returns every file written, with its executable bit."""
    source, out = root / around.folder, root / "out" / around.folder
    make(source)
    inherited = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME"}}
    subprocess.run(
        [Path(sys.executable).parent / "qpf", "-C", source, "compile", "--out", out],
        check=True,
        cwd=root,
        env={**inherited, **around.variables},
        umask=around.umask,
        stdout=subprocess.DEVNULL,
    )
    return {
        path.relative_to(out).as_posix(): (bool(path.stat().st_mode & 0o100), path.read_bytes())
        for path in sorted(out.rglob("*"))
        if path.is_file()
    }


@pytest.mark.slow
@pytest.mark.parametrize("make", [reference, synthetic])
@pytest.mark.parametrize("around", [THERE, ELSEWHERE], ids=["there", "elsewhere"])
def test_surroundings_do_not_show(tmp_path: Path, make: Callable[[Path], None], around: Surroundings) -> None:
    ours, theirs = compiled(tmp_path, make, HERE), compiled(tmp_path, make, around)
    assert sorted(name for name in ours if name.endswith("qpf.lock"))
    assert list(ours) == list(theirs)
    assert [name for name in ours if ours[name] != theirs[name]] == []


@pytest.mark.slow
def test_no_trace_of_the_machine_is_left(tmp_path: Path) -> None:
    written = compiled(tmp_path, synthetic, HERE)
    traces = (str(tmp_path).encode(), str(ROOT).encode(), os.uname().nodename.encode())
    assert [name for name, (_, content) in written.items() if any(trace in content for trace in traces)] == []
