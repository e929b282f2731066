"""Does memory stay flat? The reference fleet on JetStream under steady load, each agent's memory sampled.

The figure of an agent is the slope of its resident memory after a warm-up: the median of the slopes between
any two samples (Theil and Sen). Growth that goes on moves most of them; a step that is taken once moves few,
however large it is, and is printed for itself. One such step is the interpreter's own: whoever makes strings
by `sys.intern` (pathlib does) uses up slots of one table of the process; when that is rebuilt it may double,
once, from 1.9 MB to 3.8. Twenty-five requests a second are 1,500 a minute: a hundred bytes kept of each are a
slope of 146.

The warm-up sends more packets than any bounded cache of an agent has entries, so that all of them are full
before the first sample: what grows after that is none of them.

    benchmarks/soak.py                    four minutes to warm up, then fifteen
    benchmarks/soak.py --minutes 2        a short look
"""

import asyncio
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import combinations, pairwise
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.measure import Row, parser, show
from tests.faults.books import Books
from tests.faults.processes import AGENTS, Fleet, compiled

MINUTES = 15.0
WARM = 15_000
"""Requests that are sent before the first sample; caches hold ten thousand entries."""

WARM_EACH_SECOND = 70
EACH_SECOND = 25
SAMPLE_SECONDS = 5.0
STEEPEST = 100.0
"""KiB a minute that count as flat: 70 bytes of each request."""

PAGE = os.sysconf("SC_PAGE_SIZE") / 1024


def main() -> int:
    """Measure and print."""
    options = parser("Run the reference fleet for a while and watch its memory.")
    options.add_argument("--minutes", type=float, default=MINUTES, help="how long, after the warm-up")
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="qpf-soak-") as name:
        rows = asyncio.run(soak(Path(name), chosen.minutes * 60))
    return show(rows, chosen.output)


@dataclass
class Samples:
    """Resident memory of one process over time.

    Attributes:
        at: Seconds since the beginning.
        size: KiB.
    """

    at: list[float] = field(default_factory=list)
    size: list[float] = field(default_factory=list)

    def slope(self) -> float:
        """KiB a minute."""
        pairs = combinations(zip(self.at, self.size, strict=True), 2)
        return 60 * statistics.median(
            (later[1] - sooner[1]) / (later[0] - sooner[0]) for sooner, later in pairs
        )

    def step(self) -> float:
        """The most it grew between two samples, in KiB."""
        return max(later - sooner for sooner, later in pairwise(self.size))


async def soak(folder: Path, seconds: float) -> list[Row]:
    """Load the fleet; returns a row an agent."""
    from qpf_runtime.bus.__main__ import declare, read  # noqa: PLC0415 -- heavy, and only for this
    from qpf_runtime.bus.nats import NatsBus  # noqa: PLC0415 -- as above
    from qpf_runtime.bus.server import start  # noqa: PLC0415 -- as above
    from qpf_runtime.bus.topology import Topology  # noqa: PLC0415 -- as above

    environment = compiled(folder / "fleet")
    server = await start(folder / "nats", os.environ)
    await declare(read(str(environment / "bus" / "bus.json")), server.url)
    bus = NatsBus(server.url, Topology("l9", "dev"))
    await bus.open()
    samples = {name: Samples() for name in AGENTS}
    with Fleet(environment, server.url, folder / "data") as fleet:
        warm = await send(bus, 0, WARM_EACH_SECOND, lambda sent: sent >= WARM)
        await all_handled(Books(folder / "data"), warm)
        begun = time.monotonic()
        over = begun + seconds
        sending = asyncio.create_task(send(bus, warm, EACH_SECOND, lambda _: time.monotonic() > over))
        while not sending.done():
            await asyncio.sleep(SAMPLE_SECONDS)
            for name, found in samples.items():
                found.at.append(time.monotonic() - begun)
                found.size.append(resident(fleet.pid(name)))
        sent = warm + await sending
        handled = await all_handled(Books(folder / "data"), sent)
    await bus.close(1)
    await server.stop()
    rows = [row(name, found) for name, found in samples.items()]
    rows.append(
        Row(
            case="packets handled",
            value=handled,
            unit="",
            reference="sent",
            reference_value=sent,
            target="ratio >= 1",
        )
    )
    return rows


def row(name: str, found: Samples) -> Row:
    """One agent's figure."""
    return Row(
        case=name,
        value=round(found.slope(), 1),
        unit="KiB/min",
        reference=f"largest step {found.step():.0f} KiB; settled KiB",
        reference_value=round(statistics.median(found.size)),
        target=f"value <= {STEEPEST:g}",
    )


def resident(process: int) -> float:
    """KiB of memory a process has."""
    return int(Path(f"/proc/{process}/statm").read_text(encoding="ascii").split()[1]) * PAGE


async def send(bus: object, first: int, each_second: float, enough: Callable[[int], bool]) -> int:
    """Send match requests, numbered from `first`, at a steady rate until it is enough; returns how many."""
    from qpf_runtime.bus.nats import NatsBus  # noqa: PLC0415 -- heavy, and only for this
    from qpf_runtime.errors import QueueFull  # noqa: PLC0415 -- as above
    from tests.faults.world import request  # noqa: PLC0415 -- as above

    assert isinstance(bus, NatsBus)
    begun = time.monotonic()
    count = 0
    while not enough(count):
        try:
            await bus.publish(request(first + count))
        except QueueFull:
            # The fleet lags, on a machine that is busy with other things: wait for it.
            await asyncio.sleep(1)
            continue
        count += 1
        await asyncio.sleep(max(0.0, begun + count / each_second - time.monotonic()))
    return count


async def all_handled(books: Books, sent: int) -> int:
    """Wait until the fleet is done; returns how many requests it handled."""
    for _ in range(600):
        handled = len(books.handled("main_agent", "match_request"))
        if handled >= sent and not books.unsent():
            return handled
        await asyncio.sleep(1)
    return handled


if __name__ == "__main__":
    sys.exit(main())
