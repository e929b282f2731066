"""Does memory stay flat? The reference fleet on JetStream under steady load, each agent's memory sampled.

The figure of an agent is the slope of its resident memory after a warm-up, by least squares over all samples,
with the slope's standard error beside it; its reference is the memory it settled at. At twenty-five requests
a second, a kilobyte kept for each is a slope of 1,500.

    benchmarks/soak.py                    fifteen minutes
    benchmarks/soak.py --minutes 2        a short look
"""

import asyncio
import os
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.measure import Row, parser, show
from tests.faults.books import Books
from tests.faults.processes import AGENTS, Fleet, compiled

MINUTES = 15.0
WARM = 0.4
"""Share of the time that is not counted: bounded caches of ten thousand entries fill."""

EACH_SECOND = 25
SAMPLE_SECONDS = 5.0
STEEPEST = 200.0
"""KiB a minute that count as flat: less than 300 MiB in a day, of a process of 150."""

PAGE = os.sysconf("SC_PAGE_SIZE") / 1024


def main() -> int:
    """Measure and print."""
    options = parser("Run the reference fleet for a while and watch its memory.")
    options.add_argument("--minutes", type=float, default=MINUTES, help="how long")
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

    def slope(self) -> tuple[float, float]:
        """KiB a minute, and its standard error."""
        line = statistics.linear_regression(self.at, self.size)
        spread = [
            size - line.intercept - line.slope * at for at, size in zip(self.at, self.size, strict=True)
        ]
        mean = statistics.fmean(self.at)
        around = sum((at - mean) ** 2 for at in self.at)
        error = (sum(value**2 for value in spread) / (len(spread) - 2) / around) ** 0.5
        return line.slope * 60, error * 60


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
        sending = asyncio.create_task(send(bus, seconds))
        begun = time.monotonic()
        while (passed := time.monotonic() - begun) < seconds:
            await asyncio.sleep(SAMPLE_SECONDS)
            for name in AGENTS if passed > seconds * WARM else ():
                samples[name].at.append(passed)
                samples[name].size.append(resident(fleet.pid(name)))
        sent = await sending
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
    slope, error = found.slope()
    return Row(
        case=name,
        value=round(slope, 1),
        unit="KiB/min",
        reference=f"± {error:.1f}; settled KiB",
        reference_value=round(statistics.median(found.size)),
        target=f"value <= {STEEPEST:g}",
    )


def resident(process: int) -> float:
    """KiB of memory a process has."""
    return int(Path(f"/proc/{process}/statm").read_text(encoding="ascii").split()[1]) * PAGE


async def send(bus: object, seconds: float) -> int:
    """Send match requests at a steady rate; returns how many."""
    from qpf_runtime.bus.nats import NatsBus  # noqa: PLC0415 -- heavy, and only for this
    from qpf_runtime.errors import QueueFull  # noqa: PLC0415 -- as above
    from tests.faults.world import request  # noqa: PLC0415 -- as above

    assert isinstance(bus, NatsBus)
    begun = time.monotonic()
    count = 0
    while (passed := time.monotonic() - begun) < seconds:
        try:
            await bus.publish(request(count))
        except QueueFull:
            # The fleet lags, on a machine that is busy with other things: wait for it.
            await asyncio.sleep(1)
            continue
        count += 1
        await asyncio.sleep(max(0.0, count / EACH_SECOND - passed))
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
