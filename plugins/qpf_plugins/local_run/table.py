"""The live table of a run: one line an agent, drawn once a second on a terminal."""

from collections.abc import Mapping, Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from qpf_plugins.local_run.figures import Figures
from qpf_plugins.local_run.supervised import State, Supervised

STYLE: dict[State, str] = {
    "starting": "yellow",
    "ready": "green",
    "waiting": "yellow",
    "stopping": "yellow",
    "stopped": "dim",
    "gave up": "bold red",
}
SHOWN_AS: dict[State, str] = {"waiting": "restarting"}

MEDIUM = 72
NARROW = 48
"""Columns of a terminal below which less is shown."""

SECOND = 1.0
MILLISECOND = 0.001


def draw(
    title: str,
    agents: Sequence[Supervised],
    figures: Mapping[str, Figures],
    footer: str,
    width: int,
) -> RenderableType:
    """Draw it for a terminal of so many columns."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold", highlight=False)
    table.add_column("agent", no_wrap=True, overflow="ellipsis", min_width=8)
    table.add_column("state", no_wrap=True)
    columns = _columns(width)
    for head in columns:
        table.add_column(head, justify="right", no_wrap=True)
    for agent in agents:
        cells = _cells(agent, figures.get(agent.name, Figures()))
        table.add_row(agent.name, _state(agent), *(Text(cells[head]) for head in columns))
    notes = [
        Text(f"{agent.name}: {agent.said}", style=STYLE[agent.state], overflow="fold")
        for agent in agents
        if agent.state in ("waiting", "gave up")
    ]
    return Group(Text(title, style="bold"), table, *notes, Text(footer, style="dim"))


def _columns(width: int) -> tuple[str, ...]:
    if width < NARROW:
        return ("pkt/s", "p99")
    if width < MEDIUM:
        return ("pkt/s", "p99", "backlog", "restarts")
    return ("packets/s", "p99", "backlog", "held", "restarts")


def _state(agent: Supervised) -> Text:
    return Text(SHOWN_AS.get(agent.state, agent.state), style=STYLE[agent.state])


def _cells(agent: Supervised, figures: Figures) -> dict[str, str]:
    running = agent.state in ("ready", "stopping")
    rate = _number(figures.rate if running else None)
    return {
        "packets/s": rate,
        "pkt/s": rate,
        "p99": duration(figures.p99 if running else None),
        "backlog": _count(figures.backlog),
        "held": _count(figures.held if running else None),
        "restarts": str(agent.restarts),
    }


def duration(seconds: float | None) -> str:
    """Spell a time, three digits of it."""
    if seconds is None:
        return "-"
    if seconds >= SECOND:
        return f"{seconds:.3g} s"
    if seconds >= MILLISECOND:
        return f"{seconds * 1000:.3g} ms"
    return f"{seconds * 1_000_000:.3g} µs"


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f}"


def _count(value: float | None) -> str:
    return "-" if value is None else f"{value:.0f}"
