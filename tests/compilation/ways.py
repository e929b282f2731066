"""Ways to compile one fleet that must not show in what comes out, and samples of them.

A way is one value of every aspect. A sample has every pair of fleet and memory, and the values of all other
aspects equally often, drawn by a seed.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from itertools import product
from pathlib import Path
from random import Random
from typing import NamedTuple

from benchmarks import fleet
from tests.compilation.memory import Tree, emitted, sources, tree_of
from tests.compilation.test_damaged_memory import flip, remembered, swap, truncate
from tests.meta.copies import reference

QPF = Path(sys.executable).parent / "qpf"
FLEETS = Path(__file__).parent.parent / "fleets"
REVERSED_PLUGINS = Path(__file__).parent / "reversed_plugins"
INHERITED = ("PATH", "HOME", "PYTHONPATH")


class Way(NamedTuple):
    """One way to compile."""

    fleet: str
    memory: str
    jobs: str
    seed: str
    zone: str
    locale: str
    umask: int
    place: str
    order: str
    damage: str
    plugins: str


def forty(folder: Path) -> None:
    """So many agents that other processes help."""
    fleet.make(40, folder)


def _copy(name: str) -> Callable[[Path], object]:
    return lambda folder: shutil.copytree(FLEETS / name, folder)


MAKERS: dict[str, Callable[[Path], object]] = {
    "tiny": _copy("tiny"),
    "mesh": _copy("mesh"),
    "reference": reference,
    "forty": forty,
}
MEMORIES = ("none", "cold", "warm", "state only", "cache only", "damaged", "elsewhere")
ASPECTS: tuple[Sequence[object], ...] = (
    ("-j1", "-j2"),
    ("0", "1", "4242"),
    ("UTC", "Pacific/Kiritimati", "America/St_Johns"),
    ("C", "C.UTF-8", "tr_TR.UTF-8"),
    (0o022, 0o077, 0o000),
    ("inside", "above", "elsewhere"),
    ("forwards", "backwards"),
    ("truncate", "flip", "swap"),
    ("found", "reversed"),
)
PLAIN = ("-j1", "0", "UTC", "C.UTF-8", 0o022, "above", "forwards", "truncate", "found")


def sample(seed: int) -> Iterator[Way]:
    """Every fleet with every memory, the rest as the seed has it."""
    chance = Random(seed)  # noqa: S311  # seeded: the same ways in every run
    pairs = list(product(MAKERS, MEMORIES))
    columns = []
    for aspect in ASPECTS:
        column = [aspect[number % len(aspect)] for number in range(len(pairs))]
        chance.shuffle(column)
        columns.append(column)
    for pair, rest in zip(pairs, zip(*columns, strict=True), strict=True):
        yield Way(*pair, *rest)


def plain(name: str) -> Way:
    """How every fleet is compiled to know what must come out."""
    return Way(name, "none", *PLAIN)


def compiled(way: Way, folder: Path) -> Tree:
    """What a fleet is compiled to in a way."""
    root = folder / "flotte größe"
    MAKERS[way.fleet](folder / "made")
    _lay(folder / "made", root, backwards=way.order == "backwards")
    if way.memory not in {"none", "cold", "elsewhere"}:
        call(plain(way.fleet), root, "-j2")
        _forget(way, root)
    if way.memory == "elsewhere":
        call(way, root, "--out", str(folder / "out"))
        return tree_of(folder / "out")
    call(way, root, *(["--no-cache"] if way.memory == "none" else []))
    return emitted(root)


def call(way: Way, root: Path, *arguments: str) -> None:
    """Run `qpf compile` as a way has it."""
    folder = {"inside": root / "agents", "above": root.parent, "elsewhere": Path("/")}[way.place]
    inherited = {name: value for name, value in os.environ.items() if name in INHERITED}
    if way.plugins == "reversed":
        paths = [str(REVERSED_PLUGINS), *filter(None, [inherited.get("PYTHONPATH")])]
        inherited["PYTHONPATH"] = os.pathsep.join(paths)
    subprocess.run(
        [QPF, "-C", os.path.relpath(root, folder), "compile", way.jobs, *arguments],
        check=True,
        cwd=folder,
        env={**inherited, "PYTHONHASHSEED": way.seed, "TZ": way.zone, "LC_ALL": way.locale},
        umask=way.umask,
        capture_output=True,
    )


def _lay(made: Path, root: Path, *, backwards: bool) -> None:
    """Copy a fleet's sources file by file, in one order or the other."""
    plainly = sources(made, made.with_name("sources"))
    names = sorted(path.relative_to(plainly) for path in plainly.rglob("*") if path.is_file())
    for name in reversed(names) if backwards else names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(plainly / name, root / name)


def _forget(way: Way, root: Path) -> None:
    """Take away outputs and the part of memory that a way does without."""
    for path in sorted(emitted(root)):
        if way.memory != "damaged" or len(path) % 2:
            (root / "environments" / path).unlink()
    memory = root / ".qpf"
    gone = {"state only": ["cache"], "cache only": ["state", "seen"]}.get(way.memory, [])
    for name in gone:
        shutil.rmtree(memory / name)
    if way.memory == "damaged":
        damage = {"truncate": truncate, "flip": flip, "swap": swap}[way.damage]
        for kind in ("cache", "state", "seen"):
            damage(remembered(root, kind))
