"""What commands print: data on stdout, everything said to a person on stderr.

Code of plugins runs while stdout belongs to nobody: a stray `print` in one must not end up in
the middle of a JSON document.
"""

import json
import os
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stdout
from typing import Any, NoReturn

import click

from qpf import __version__
from qpf.cli.exit import status
from qpf.model.diagnostic import Report

_STDOUT, _STDERR = 1, 2
"""What programs are started with."""

_LEAST_COLUMN = 5
"""Of a table with lines: a line, two blanks and two characters."""


@contextmanager
def reserved_stdout() -> Iterator[None]:
    """While this lasts, what anybody prints goes to stderr, programs that are started included."""
    ours = os.dup(_STDOUT)
    os.dup2(_STDERR, _STDOUT)
    try:
        with redirect_stdout(sys.stderr):
            yield
    finally:
        os.dup2(ours, _STDOUT)
        os.close(ours)


def show_report(
    report: Report,
    form: str = "text",
    *,
    sources: Mapping[str, bytes] | None = None,
    folder: str = "",
    strict: bool = False,
) -> None:
    """Print findings: as text on stderr, in any other form on stdout.

    Args:
        report: What was found.
        form: One of `options.FINDINGS`.
        sources: Content by path, for the excerpts of the text form.
        folder: Where the fleet lies in its repository.
        strict: Whether warnings fail.
    """
    if form == "text":
        if report.diagnostics or report.suppressed:
            from qpf.render.text import render_text

            colour = _colour()
            text = render_text(report, sources or {}, colour=colour, pages=pages())
            click.echo(text, err=True, nl=False, color=colour)
    elif form == "json":
        show_json({}, report)
    elif form == "sarif":
        from qpf.render.sarif import Telling, render_sarif

        told = Telling(__version__, folder, pages(), status(report, strict=strict))
        click.echo(render_sarif(report, sources or {}, told), nl=False)
    else:
        from qpf.render.github import render_github

        click.echo(render_github(report, folder=folder), nl=False)


def pages() -> str:
    """Where the pages of codes are published, as the distribution says; empty where they are not."""
    from importlib.metadata import PackageNotFoundError, metadata

    try:
        urls = metadata("qpf").get_all("Project-URL") or []
    except PackageNotFoundError:  # run from a folder that nobody installed
        return ""
    named = dict(url.split(", ", 1) for url in urls if ", " in url)
    site = named.get("Documentation", "").rstrip("/")
    return f"{site}/reference/codes/" if site else ""


def show_json(data: Mapping[str, Any], report: Report | None = None) -> None:
    """Print the one JSON document of a command."""
    from qpf.render.json import document

    click.echo(json.dumps({**document(report or Report()), **data}, indent=2, ensure_ascii=False))


def show_table(heads: Sequence[str], rows: Iterable[Sequence[str]], *, right: Iterable[int] = ()) -> None:
    """Print rows under their heads; `right` lists the columns of numbers.

    On a terminal they come with lines and fit its width; elsewhere, and where lines leave no room, as plain
    columns.
    """
    cells = [[str(cell) for cell in row] for row in rows]
    numbers = frozenset(right)
    if sys.stdout.isatty() and os.environ.get("TERM") != "dumb" and _rich_table(heads, cells, numbers):
        return
    widths = [max(len(row[column]) for row in (heads, *cells)) for column in range(len(heads))]
    for row in (heads, *cells):
        line = "  ".join(
            cell.rjust(width) if column in numbers else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        click.echo(line.rstrip())


def note(text: str) -> None:
    """Say something to the person at the terminal; what others put into it does not steer the terminal."""
    from qpf.render.excerpt import visible

    click.echo(visible(text), err=True)


def leave(code: int) -> NoReturn:
    """End the command with an exit code."""
    raise click.exceptions.Exit(code)


def finish(
    report: Report,
    form: str = "text",
    *,
    sources: Mapping[str, bytes] | None = None,
    folder: str = "",
    strict: bool = False,
) -> NoReturn:
    """Print findings and end the command with the exit code they stand for."""
    show_report(report, form, sources=sources, folder=folder, strict=strict)
    leave(status(report, strict=strict))


def _colour() -> bool:
    return sys.stderr.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def _rich_table(heads: Sequence[str], rows: Iterable[Sequence[str]], numbers: frozenset[int]) -> bool:
    """Print a table with lines; False where a terminal has no room for a character of each column."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console()
    if console.width < _LEAST_COLUMN * len(heads):
        return False
    table = Table()
    for column, head in enumerate(heads):
        table.add_column(head, justify="right" if column in numbers else "left")
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    console.print(table)
    return True
