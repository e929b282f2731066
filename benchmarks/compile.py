"""What compiling costs: beside Kapitan, rjsonnet, KCL and kustomize, beside git, and beside plain files.

    benchmarks/compile.py                          all cases
    benchmarks/compile.py --case cold -o json      one of them, for programs
    benchmarks/compile.py --agents 100             with a smaller fleet; targets are meant for 1,000

Peers are installed into `.tools/peers`. Before a peer is timed, its files for some agents are held against
ours; a peer that makes other files is not timed. Figures are medians, of contenders that take turns.
"""

import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks import fleet_files
from benchmarks.engine.again import one_changed, unchanged
from benchmarks.engine.bench import Bench
from benchmarks.engine.cold import cold, parallel
from benchmarks.engine.digests import digests
from benchmarks.engine.growth import growth
from benchmarks.engine.kubernetes import kubernetes_only
from benchmarks.engine.shared import shared_sub
from benchmarks.engine.start import start_up
from benchmarks.measure import Row, parser, show
from benchmarks.peers.emitted import FEWEST, NotTheSameWorkError
from benchmarks.peers.install import MissingPeerError

AGENTS = 1000
MEMORY = Path("/dev/shm")  # noqa: S108 -- a folder of a fresh name is made in it
UNMEASURED = (NotTheSameWorkError, MissingPeerError)


def second_machine(bench: Bench) -> Iterator[Row]:
    """Imported when it is asked for: it needs the servers that tests use."""
    from benchmarks.engine import machines  # noqa: PLC0415 -- only for this case

    return machines.second_machine(bench)


CASES: Mapping[str, Callable[[Bench], Iterator[Row]]] = {
    "start-up": start_up,
    "digests": digests,
    "cold": cold,
    "kubernetes-only": kubernetes_only,
    "unchanged": unchanged,
    "one-changed": one_changed,
    "shared-sub": shared_sub,
    "parallel": parallel,
    "second-machine": second_machine,
    "growth": growth,
}


def main() -> int:
    """Measure and print."""
    options = parser("Time compiles.")
    options.add_argument("--case", choices=CASES, action="append", help="only this one; may be repeated")
    options.add_argument("--agents", type=int, default=AGENTS, help="how many agents the fleet has")
    chosen = options.parse_args()
    if chosen.agents < FEWEST or chosen.agents % fleet_files.CHAIN:
        options.error(f"--agents must be at least {FEWEST}, and whole chains of {fleet_files.CHAIN}")
    rows: list[Row] = []
    failed = False
    # Nothing is deleted before the end: for some minutes ext4 looks twice at every inode that was deleted
    # before it hands it out again, and the case after a large one would take several times as long.
    memory = MEMORY if MEMORY.is_dir() else None
    with (
        tempfile.TemporaryDirectory(prefix="qpf-bench-") as place,
        tempfile.TemporaryDirectory(prefix="qpf-bench-", dir=memory) as aside,
    ):
        try:
            for case in chosen.case or CASES:
                folder, other = Path(place) / case, Path(aside) / case
                folder.mkdir()
                other.mkdir()
                try:
                    rows += CASES[case](Bench(folder, other, chosen.agents, chosen.runs))
                except (*UNMEASURED, subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
                    print(f"{case} could not be measured: {error}", file=sys.stderr)
                    failed = True
        except BaseException:
            show(rows, chosen.output)  # What took half an hour is not lost with what came after it.
            raise
    return show(rows, chosen.output) or int(failed)


if __name__ == "__main__":
    sys.exit(main())
