"""Cold compile of synthetic fleets beside `kubectl kustomize` rendering the same objects.

Every run writes into a folder that never existed: deleting an output tree and writing it again is
ten times slower on common file systems and would measure that instead. kustomize gets the easier
half of the work: it reads the objects we rendered and prints them; it does not compose, validate,
or emit code.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from itertools import count
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks import fleet
from benchmarks.measure import ROOT, Row, interleave, parser, seconds, show

SIZES = (100, 1000)
COLD_1000 = 6.0
LINEAR = 1.15
PEER_LIMIT = 120.0
PEER_ONCE = 30.0
START_RUNS = 15


def main() -> int:
    """Measure and print."""
    options = parser("Time cold compiles.")
    options.add_argument("--agents", default=",".join(map(str, SIZES)), help="sizes, for instance 100,1000")
    options.add_argument("--no-peer", action="store_true", help="leave kubectl out, and say so")
    chosen = options.parse_args()
    sizes = [int(size) for size in chosen.agents.split(",")]
    with tempfile.TemporaryDirectory(prefix="qpf-bench-") as name:
        rows = list(compiles(Path(name), sizes, chosen.runs, peer=not chosen.no_peer))
    rows.append(start_up())
    return show(rows, chosen.output)


def compiles(folder: Path, sizes: list[int], runs: int, *, peer: bool) -> Iterator[Row]:
    """A row for each size, and one for growth from the first size to the last."""
    ours: dict[int, float] = {}
    for size in sizes:
        rows = cold(folder / str(size), size, runs, peer=peer)
        ours[size] = rows[0].value
        yield from rows
    first, last = sizes[0], sizes[-1]
    if last > first:
        yield Row(
            case=f"growth {first} to {last}",
            value=round(ours[last] / ours[first], 3),
            unit="x",
            reference="as many times the agents",
            reference_value=last / first,
            target=f"ratio <= {LINEAR}",
        )


def cold(folder: Path, size: int, runs: int, *, peer: bool) -> tuple[Row, Row]:
    """Compile a fleet of some size into fresh folders, kustomize and plain file creation taking turns.

    Creating the same files, with what they hold in memory, is the floor: no compiler can beat it,
    and where a disk is slow at it, it says how much of the figure is the disk's.
    """
    source = fleet.make(size, folder / "fleet")
    fresh = (folder / f"out-{run}" for run in count())
    qpf = ROOT / ".venv" / "bin" / "qpf"
    latest = folder

    def compile_once() -> float:
        nonlocal latest
        latest = next(fresh)
        return seconds([qpf, "-C", source, "compile", "--out", latest])

    compile_once()  # once unmeasured: it reads the sources into memory and gives the peer its input
    kubectl = shutil.which("kubectl", path=search_path()) if peer else None
    reference, figure = "kubectl kustomize", None
    files = {path.relative_to(latest): path.read_bytes() for path in latest.rglob("*") if path.is_file()}
    floor = partial(create, files, (folder / f"floor-{run}" for run in count()))
    contenders: dict[str, Callable[[], float]] = {"qpf": compile_once, "floor": floor}
    if kubectl:
        render = partial(seconds, [kubectl, "kustomize", latest / "dev"], limit=PEER_LIMIT)
        try:
            figure = render()
        except subprocess.TimeoutExpired:
            figure, reference = PEER_LIMIT, f"kubectl kustomize, killed unfinished after {PEER_LIMIT:.0f} s"
        else:
            if figure <= PEER_ONCE:
                contenders["kubectl"] = render
            else:
                reference = "kubectl kustomize, one run only"
    else:
        reference += ", not installed" if peer else ", left out by --no-peer"
    medians = interleave(contenders, runs)
    figure = medians.get("kubectl", figure)
    value = round(medians["qpf"], 4)
    return (
        Row(
            case=f"cold compile {size}",
            value=value,
            unit="s",
            reference=reference,
            reference_value=None if figure is None else round(figure, 4),
            target=f"value <= {COLD_1000}" if size == SIZES[-1] else "",
        ),
        Row(
            case=f"cold compile {size}",
            value=value,
            unit="s",
            reference=f"creating the same {len(files)} files",
            reference_value=round(medians["floor"], 4),
            target="",
        ),
    )


def create(files: Mapping[Path, bytes], folders: Iterator[Path]) -> float:
    """How long it takes to create files in a folder that never existed."""
    folder = next(folders)
    started = time.perf_counter()
    for parent in sorted({path.parent for path in files}):
        (folder / parent).mkdir(parents=True, exist_ok=True)
    for path, content in files.items():
        with (folder / path).open("xb") as file:
            file.write(content)
    return time.perf_counter() - started


def start_up() -> Row:
    """`qpf --version` beside importing the command-line library alone."""
    binaries = ROOT / ".venv" / "bin"
    medians = interleave(
        {
            "qpf": lambda: seconds([binaries / "qpf", "--version"]),
            "click": lambda: seconds([binaries / "python", "-c", "import click"]),
        },
        START_RUNS,
    )
    return Row(
        case="qpf --version",
        value=round(medians["qpf"] * 1000, 1),
        unit="ms",
        reference='python -c "import click"',
        reference_value=round(medians["click"] * 1000, 1),
        target="ratio <= 2.0",
    )


def search_path() -> str:
    """Where kubectl may be: on PATH, or built into .tools by make."""
    return os.pathsep.join((os.environ["PATH"], str(ROOT / ".tools")))


if __name__ == "__main__":
    sys.exit(main())
