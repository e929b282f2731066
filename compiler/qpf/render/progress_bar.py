"""Where a compile stands, as one line of a terminal with a bar in it."""

from rich.console import RenderableType
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from qpf.render.progress_lines import counts, duration
from qpf.render.progress_tally import Tally

WIDE = 100
"""Columns of a terminal from which on there is room for a long bar."""

LONG = 24
SHORT = 10


def render_bar(tally: Tally, width: int) -> RenderableType:
    """Draw it for a terminal of so many columns; what has no room is cut at the end."""
    done, total = tally.part
    bar = ProgressBar(max(total, 1), done, width=LONG if width >= WIDE else SHORT)
    row = Table.grid(padding=(0, 1, 0, 0))
    row.add_column(no_wrap=True)
    row.add_column(no_wrap=True)
    row.add_column()
    row.add_row(Text(tally.stage, style="bold"), bar, _figures(tally))
    return row


def _figures(tally: Tally) -> Text:
    parts: list[tuple[str, str]] = []
    done, total = tally.part
    if total:
        parts.append((f"{done}/{total}", "bold"))
    if tally.left is not None:
        parts.append((f"{duration(tally.left)} left", "cyan"))
    parts += [(text, "red" if text.endswith("failed") else "") for text in reversed(counts(tally))]
    if tally.agent:
        parts.append((tally.agent, "dim"))
    text = Text("  ", no_wrap=True, overflow="ellipsis").join(Text(*part) for part in parts)
    text.no_wrap, text.overflow = True, "ellipsis"
    return text
