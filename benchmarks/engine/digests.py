"""What it costs to know what every source says, beside having git say it."""

import time
from collections.abc import Iterator

from benchmarks.engine.bench import Bench, committed
from benchmarks.engine.turns import beside, take_turns
from benchmarks.measure import Row, seconds
from qpf.model.digest import digest

MORE = 3
"""It is quick, so it runs so many times as often as the rest."""


def digests(bench: Bench) -> Iterator[Row]:
    """Read and hash all sources, beside git's ids of them and its word that none was changed since."""
    folder = bench.copy(bench.sources())
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    git = committed(folder)

    def hashed() -> float:
        started = time.perf_counter()
        for path in paths:
            digest(path.read_bytes())
        return time.perf_counter() - started

    def asked() -> float:
        return seconds([*git, "diff-files", "--quiet"]) + seconds([*git, "ls-files", "--stage", "-z"])

    name = "git diff-files and ls-files"
    figures = take_turns({"ours": hashed}, {name: asked}, MORE * bench.runs)
    yield beside(f"digests-{bench.agents}", figures["ours"], name, figures[name])
