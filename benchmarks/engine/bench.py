"""The bench: synthetic fleets on disk, fresh copies of them, and qpf run on these.

Every cold run compiles a copy of the sources that never was compiled, into folders that never existed:
deleting an output tree and writing it again is ten times slower on common file systems.
"""

import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from benchmarks import fleet, fleet_files
from benchmarks.measure import ROOT, seconds

ENVIRONMENT = "dev"
QPF = ROOT / ".venv" / "bin" / "qpf"
LIMIT = 1800.0
REST = 2.0
"""Seconds."""


@dataclass(frozen=True)
class Bench:
    """Where a case works.

    Attributes:
        folder: Its own, and empty at the beginning.
        aside: Another, in memory where there is room for files: for programs that delete what they wrote. On
            a disk that would slow whoever comes after them for minutes.
        agents: How many agents its fleet has.
        runs: How often ours is run.
        numbers: For names of copies.
    """

    folder: Path
    aside: Path
    agents: int
    runs: int
    numbers: Iterator[int] = field(default_factory=count)

    def sources(self, agents: int | None = None) -> Path:
        """The sources of a fleet, written anew."""
        return fleet.make(agents or self.agents, self.folder / f"sources-{next(self.numbers)}")

    def copy(self, sources: Path) -> Path:
        """A fresh copy, with the disk at rest."""
        made = self.folder / f"copy-{next(self.numbers)}"
        shutil.copytree(sources, made)
        rest()
        return made

    def cold(self, sources: Path, *options: str) -> Callable[[], float]:
        """Compile a fresh copy, each time."""
        return lambda: compile_fleet(self.copy(sources), *options)

    def compiled(self, sources: Path) -> Path:
        """A fresh copy, compiled."""
        made = self.copy(sources)
        compile_fleet(made)
        return made

    def create(self, files: Mapping[Path, bytes]) -> Callable[[], float]:
        """Plainly create files, with what they hold in memory, each time in a fresh folder."""
        return lambda: create(files, self.folder / f"created-{next(self.numbers)}")


def rest() -> None:
    """Let the disk come to rest: what was written before a run is not what is measured.

    A disk goes on for a while after the system says that all is written.
    """
    os.sync()
    time.sleep(REST)


def compile_fleet(folder: Path, *options: str, **environment: str) -> float:
    """How long `qpf compile` takes in a fleet's folder."""
    return seconds([QPF, "-C", folder, "compile", *options], limit=LIMIT, **environment)


def output(folder: Path) -> Path:
    """Where a fleet's environment is."""
    return folder / "environments" / ENVIRONMENT


def files_of(folder: Path) -> dict[Path, bytes]:
    """What was emitted, by path."""
    root = output(folder)
    found = {path.relative_to(root): path.read_bytes() for path in root.rglob("*") if path.is_file()}
    del found[Path("environment.yaml")]
    return found


def create(files: Mapping[Path, bytes], folder: Path) -> float:
    """How long it takes to create files in a folder that never existed."""
    started = time.perf_counter()
    for parent in sorted({path.parent for path in files}):
        (folder / parent).mkdir(parents=True, exist_ok=True)
    for path, content in files.items():
        with (folder / path).open("xb") as file:
            file.write(content)
    return time.perf_counter() - started


def committed(folder: Path) -> list[str]:
    """Commit all of a folder to a repository of its own; how git is called there."""
    git = ["git", "-C", str(folder), "-c", "user.name=bench", "-c", "user.email=bench@localhost"]
    for command in (["init", "--quiet"], ["add", "--all"], ["commit", "--quiet", "--message", "all"]):
        subprocess.run([*git, *command], check=True)
    return git


def edit(path: Path, old: str, new: str) -> None:
    """Replace a text in a file.

    Raises:
        ValueError: If it is not there, so that nothing would change.
    """
    text = path.read_text(encoding="utf-8")
    if old not in text:
        message = f"{path.name} does not say {old!r}"
        raise ValueError(message)
    path.write_text(text.replace(old, new), encoding="utf-8")


def another(path: Path, old: str, new: str) -> Callable[[], None]:
    """Edit a file in another way each time: where `old` stood stands `new`, its `%d` numbered from 1."""
    texts = (new % take for take in count(1))
    last = old

    def edit_again() -> None:
        nonlocal last
        text = next(texts)
        edit(path, last, text)
        last = text

    return edit_again


def agent_file(folder: Path, number: int) -> Path:
    """The source of an agent."""
    return folder / "agents" / f"{fleet_files.agent_name(number)}.yaml"
