"""An emitted agent on JetStream beside a bare FastStream subscriber that does the same work.

Both take the same packets from the same server (which syncs every write), parse them strictly, write one row
to a SQLite file that syncs, and acknowledge after that. Ours is the agent of `tests/fleets/tiny`, compiled
for this run: its turn writes its inbox row too. The clock is the server's side of it: the moment of each
acknowledgement, seen by a third connection.

Rate: all packets wait in the stream before the subscriber starts. Latency: packets come at a steady rate that
is well below what either can take.
"""

import asyncio
import contextlib
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.measure import ROOT, Row, parser, show

PACKETS = 5000
STEADY = 2000
EACH_SECOND = 200
WARM = 100
PATIENCE = 60.0
TOKEN = "bench"  # noqa: S105 -- of a server that lives as long as this run


def main() -> int:
    """Measure and print."""
    options = parser("Load an emitted agent and a bare subscriber.")
    options.add_argument("--packets", type=int, default=PACKETS, help="packets of the rate")
    options.add_argument("--steady", type=int, default=STEADY, help="packets of the latency")
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="qpf-bench-") as name:
        rows = asyncio.run(Bench(Path(name), chosen.packets, chosen.steady).rows(chosen.runs))
    return show(rows, chosen.output)


@dataclass
class Acknowledged:
    """When packets were acknowledged, by their sequence in the stream."""

    at: dict[int, float] = field(default_factory=dict)
    enough: asyncio.Event = field(default_factory=asyncio.Event)
    wanted: int = 0

    async def see(self, message: object) -> None:
        """Note one acknowledgement."""
        subject = getattr(message, "subject", "")
        # $JS.ACK.STREAM.CONSUMER.DELIVERED.SEQUENCE.…
        self.at.setdefault(int(subject.split(".")[5]), time.perf_counter())
        if len(self.at) >= self.wanted:
            self.enough.set()

    def expect(self, wanted: int) -> None:
        """Say how many there will be."""
        self.wanted = wanted
        self.enough.clear()

    async def all(self) -> None:
        """Wait for them."""
        async with asyncio.timeout(PATIENCE + self.wanted / 100):
            await self.enough.wait()


class Bench:
    """One server, one compiled fleet, and rounds of both contenders."""

    def __init__(self, folder: Path, packets: int, steady: int) -> None:
        self._folder = folder
        self._packets = packets
        self._steady = steady
        self._rounds = 0

    async def rows(self, runs: int) -> list[Row]:
        """Take turns; the medians count."""
        from qpf_runtime.bus.server import start  # noqa: PLC0415 -- heavy, and only for this

        fleet = compiled(self._folder / "fleet")
        rates: dict[str, list[float]] = {"agent": [], "bare": []}
        typical: dict[str, list[float]] = {"agent": [], "bare": []}
        slowest: dict[str, list[float]] = {"agent": [], "bare": []}
        server = await start(self._folder / "nats", os.environ)
        try:
            for _ in range(runs):
                for who, mine in rates.items():
                    rate, waits = await self._round(who, server.url, fleet)
                    mine.append(rate)
                    typical[who].append(statistics.median(waits) * 1000)
                    slowest[who].append(statistics.quantiles(waits, n=100)[98] * 1000)
        finally:
            await server.stop()
        return [
            self._row("rate", "packets/s", rates, "ratio >= 0.5"),
            self._row("latency p50", "ms", typical, ""),
            self._row("latency p99", "ms", slowest, "ratio <= 2"),
        ]

    def _row(self, case: str, unit: str, figures: Mapping[str, list[float]], target: str) -> Row:
        ours, peer = (statistics.median(figures[who]) for who in ("agent", "bare"))
        reference = "bare FastStream subscriber"
        return Row(
            case=case,
            value=round(ours, 3),
            unit=unit,
            reference=reference,
            reference_value=round(peer, 3),
            target=target,
        )

    async def _round(self, who: str, url: str, fleet: Path) -> tuple[float, list[float]]:
        import nats  # noqa: PLC0415 -- heavy, and only for this

        self._rounds += 1
        folder = self._folder / f"{who}-{self._rounds}"
        folder.mkdir()
        client = await nats.connect(url)
        js = client.jetstream()
        stream, subject = await declare(js, who, fleet)
        seen = Acknowledged()
        seen.expect(self._packets)
        await client.subscribe(f"$JS.ACK.{stream}.>", cb=seen.see)
        await asyncio.gather(*(js.publish(subject, note(number)) for number in range(self._packets)))
        with subscriber(who, url, stream, subject, fleet, folder):
            await seen.all()
            moments = sorted(seen.at.values())
            rate = (len(moments) - WARM) / (moments[-1] - moments[WARM - 1])
            waits = await steady(js, subject, seen, self._steady)
        await client.close()
        return rate, waits


async def declare(js: object, who: str, fleet: Path) -> tuple[str, str]:
    """Make the stream, empty; returns its name and the subject of a packet."""
    from nats.js import JetStreamContext, api  # noqa: PLC0415 -- heavy, and only for this
    from nats.js.errors import NotFoundError  # noqa: PLC0415 -- as above

    from qpf_runtime.bus.__main__ import read  # noqa: PLC0415 -- as above
    from qpf_runtime.bus.provision import apply  # noqa: PLC0415 -- as above

    assert isinstance(js, JetStreamContext)
    name = "bare" if who == "bare" else "qpf_tiny_dev_keeper"
    with contextlib.suppress(NotFoundError):
        await js.delete_stream(name)
    if who == "bare":
        config = api.StreamConfig(name=name, subjects=["bare.note"], retention=api.RetentionPolicy.WORK_QUEUE)
        await js.add_stream(config)
        return name, "bare.note"
    await apply(js, read(str(fleet / "environments" / "dev" / "bus" / "bus.json")))
    return name, "qpf.tiny.dev.packet.keeper.note.medium.outside"


def note(number: int) -> bytes:
    """A packet's body."""
    return b'{"request_id":"note-%d","text":"something worth remembering"}' % number


async def steady(js: object, subject: str, seen: Acknowledged, count: int) -> list[float]:
    """Publish at a steady rate; returns seconds from publishing to acknowledgement."""
    from nats.js import JetStreamContext  # noqa: PLC0415 -- heavy, and only for this

    assert isinstance(js, JetStreamContext)
    before = len(seen.at)
    published: dict[int, float] = {}
    begun = time.perf_counter()

    async def send(number: int) -> None:
        await asyncio.sleep(max(0.0, begun + number / EACH_SECOND - time.perf_counter()))
        at = time.perf_counter()
        published[(await js.publish(subject, note(number))).seq] = at

    seen.expect(before + count)
    await asyncio.gather(*map(send, range(count)))
    await seen.all()
    return [seen.at[sequence] - at for sequence, at in sorted(published.items())][WARM:]


def compiled(folder: Path) -> Path:
    """Compile the tiny fleet into a folder of its own."""
    shutil.copytree(ROOT / "tests" / "fleets" / "tiny", folder)
    told = (folder / "qpf.yaml").read_text(encoding="utf-8")
    targets = told.replace("[python_agent, kubernetes]", "[python_agent, messaging]")
    (folder / "qpf.yaml").write_text(targets, encoding="utf-8")
    qpf = Path(sys.executable).parent / "qpf"
    subprocess.run([qpf, "-C", folder, "compile"], check=True, stdout=subprocess.DEVNULL)
    return folder


@contextlib.contextmanager
def subscriber(
    who: str, url: str, stream: str, subject: str, fleet: Path, folder: Path
) -> Iterator[subprocess.Popen[bytes]]:
    """Run one of the two, ended with the block."""
    variables = dict(os.environ)
    ready = folder / "db.ready"
    if who == "bare":
        script = ROOT / "benchmarks" / "agents_peer.py"
        command: list[str | Path] = [sys.executable, script, url, stream, subject, folder / "db"]
    else:
        command = [sys.executable, "-m", "keeper"]
        variables |= {
            "PYTHONPATH": str(fleet / "environments" / "dev" / "agents" / "keeper" / "src"),
            "QPF_BUS": url,
            "QPF_DATA_DIR": str(folder),
            "QPF_PORT": "0",
            "QPF_TOKEN": TOKEN,
            "QPF_ADDRESS_FILE": str(ready),
            "QPF_LOG_LEVEL": "WARNING",
        }
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            command, env=variables, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=folder
        )
    try:
        limit = time.monotonic() + PATIENCE
        while not ready.exists():
            if process.poll() is not None or time.monotonic() > limit:
                message = f"{who} did not start: {(folder / 'log').read_text()[-2000:]}"
                raise SystemExit(message)
            time.sleep(0.02)
        yield process
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()


if __name__ == "__main__":
    sys.exit(main())
