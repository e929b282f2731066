"""Compiles a fleet by whoever is given, into a folder of its own, and tells what came out."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from qpf.compilation.crew import Alone, Crew, Store
from qpf.compilation.fleet import Compilation, Options
from qpf.compilation.front import Front, load_front
from qpf.io.worktree import WorkTree
from qpf.model.diagnostic import Report
from qpf.model.executor import ExecutorError, Work

Hire = Callable[[Front, Store], Crew]
"""Gives those who work on a fleet; what they make goes to the store."""


def front_of(root: Path) -> Front:
    front = load_front(WorkTree(root)).value
    assert front is not None
    return front


def compiled(front: Front, root: Path, hire: Hire = Alone) -> tuple[dict[str, bytes], Report]:
    """Every file of every environment that a compile without memory writes, and what it found."""
    compilation = Compilation(front, root, Options(remember=False))
    with compilation.tiers() as tiers:
        compilation._crew = hire(front, lambda key, payload: tiers.put({key: payload}))
        built = compilation.build(sorted(front.configuration.overrides), tiers)
        out = root / "out"
        written = compilation.publish(built.value, tiers, out) if not built.report.failed else []
    report = Report.join((built.report, *(each.report for each in written)))
    return files_in(out), report


def files_in(folder: Path) -> dict[str, bytes]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


class Here:
    """A pool in this process that answers the last order first."""

    def __init__(self, lose: Iterable[int] = ()) -> None:
        self.lose = set(lose)
        self.orders: list[bytes] = []
        self.closed = False

    def run(self, work: Work, orders: Iterable[bytes]) -> Iterator[tuple[int, bytes | ExecutorError]]:
        taken = list(enumerate(orders))
        self.orders += [order for _, order in taken]
        for number, order in reversed(taken):
            yield number, ExecutorError("it was lost") if number in self.lose else work(order)

    def close(self) -> None:
        self.closed = True
