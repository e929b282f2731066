"""Contenders take turns; one that is too slow for that runs once, and its figure says so."""

import statistics
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from benchmarks.engine.bench import rest
from benchmarks.measure import Row

ONCE = 30.0
"""Seconds after which a run of somebody else's program is its only one."""


@dataclass
class Figure:
    """How long one contender took.

    Attributes:
        seconds: Of each run.
        unfinished: Whether it was killed at its limit, which then is its figure.
    """

    seconds: list[float] = field(default_factory=list)
    unfinished: bool = False

    @property
    def median(self) -> float:
        """The figure that counts."""
        return statistics.median(self.seconds)

    @property
    def over(self) -> bool:
        """Whether one run was enough."""
        return self.unfinished or (bool(self.seconds) and self.seconds[0] > ONCE)

    def of(self, name: str) -> str:
        """A reference's name, with how it was run if not as often as ours."""
        if self.unfinished:
            return f"{name}, killed unfinished after {self.median:.0f} s"
        return f"{name}, one run only" if self.over else name


def take_turns(
    ours: Mapping[str, Callable[[], float]], others: Mapping[str, Callable[[], float]], runs: int
) -> dict[str, Figure]:
    """Run each in turn, `runs` times round; a contender returns how long it took."""
    figures = {name: Figure() for name in (*ours, *others)}
    for _ in range(runs):
        for name, contender in {**ours, **others}.items():
            figure = figures[name]
            if name in others and figure.over:
                continue
            rest()
            try:
                figure.seconds.append(contender())
            except subprocess.TimeoutExpired as expired:
                figure.seconds.append(expired.timeout)
                figure.unfinished = True
    return figures


def beside(case: str, ours: Figure, name: str, other: Figure | None, target: str = "") -> Row:
    """A row of seconds; without a figure for the other, `name` says why there is none."""
    return Row(
        case=case,
        value=round(ours.median, 4),
        unit="s",
        reference=name if other is None else other.of(name),
        reference_value=None if other is None else round(other.median, 4),
        target=target,
    )
