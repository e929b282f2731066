"""All of a fleet that never was compiled: beside Kapitan, beside plain files, and in two processes."""

from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks.engine.bench import Bench, compile_fleet, files_of, output
from benchmarks.engine.turns import beside, take_turns
from benchmarks.measure import Row
from benchmarks.peers.install import MissingPeerError
from benchmarks.peers.kapitan import Kapitan


def cold(bench: Bench) -> Iterator[Row]:
    """Compile a fleet, while Kapitan makes the same files and the floor just creates them."""
    sources = bench.sources()
    compiled = bench.compiled(sources)
    files = files_of(compiled)
    floor = f"creating the same {len(files)} files"
    others: dict[str, Callable[[], float]] = {floor: bench.create(files)}
    kapitan, name = same_work(bench, sources, compiled)
    if kapitan is not None:
        others[name] = compiling(kapitan, bench)
    figures = take_turns({"qpf": bench.cold(sources)}, others, bench.runs)
    case = f"cold-{bench.agents}"
    yield beside(case, figures["qpf"], name, figures.get(name), "ratio <= 0.05")
    yield beside(case, figures["qpf"], floor, figures[floor], "ratio <= 3")
    if kapitan is not None:
        yield again(bench, compiled, kapitan)


def again(bench: Bench, compiled: Path, kapitan: Kapitan) -> Row:
    """Both compile once more what has not changed."""
    name, out = "kapitan compile, nothing changed", bench.aside / "kapitan-again"
    kapitan.compile(out=out)
    figures = take_turns(
        {"qpf": lambda: compile_fleet(compiled)}, {name: lambda: kapitan.compile(out=out)}, bench.runs
    )
    return beside(f"unchanged-{bench.agents}", figures["qpf"], name, figures[name])


def same_work(bench: Bench, sources: Path, compiled: Path) -> tuple[Kapitan | None, str]:
    """Kapitan, seen to make the same files, and what to call it; or nothing, and why."""
    environment = output(compiled)
    try:
        kapitan = Kapitan.of(sources, environment, bench.agents, bench.aside / "kapitan")
    except MissingPeerError as missing:
        return None, str(missing)
    kapitan.check(environment)
    return kapitan, "kapitan compile"


def compiling(kapitan: Kapitan, bench: Bench) -> Callable[[], float]:
    """Kapitan compiling all into a fresh folder, each time."""
    return lambda: kapitan.compile(out=bench.aside / f"kapitan-{next(bench.numbers)}")


def parallel(bench: Bench) -> Iterator[Row]:
    """Compile a fleet in one process, and in two."""
    sources = bench.sources()
    bench.compiled(sources)
    both = {name: bench.cold(sources, "-j", name) for name in ("1", "2")}
    figures = take_turns(both, {}, bench.runs)
    yield beside(f"parallel-{bench.agents}", figures["1"], "qpf compile -j 2", figures["2"], "ratio >= 1.6")
