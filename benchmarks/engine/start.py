"""What every command costs before it does anything."""

from collections.abc import Iterator

from benchmarks.engine.bench import QPF, Bench
from benchmarks.engine.turns import take_turns
from benchmarks.measure import Row, seconds

MORE = 3
"""It is quick, so it runs so many times as often as the rest."""


def start_up(bench: Bench) -> Iterator[Row]:
    """`qpf --version` beside importing the command-line library alone."""
    bare = [str(QPF.parent / "python"), "-c", "import click"]
    figures = take_turns(
        {"qpf": lambda: seconds([QPF, "--version"]), "click": lambda: seconds(bare)}, {}, MORE * bench.runs
    )
    yield Row(
        case="qpf --version",
        value=round(figures["qpf"].median * 1000, 1),
        unit="ms",
        reference='python -c "import click"',
        reference_value=round(figures["click"].median * 1000, 1),
        target="ratio <= 1.5",
    )
