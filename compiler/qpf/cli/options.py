"""Options that commands share, so that they mean and read the same everywhere."""

from collections.abc import Callable
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])

FINDINGS = ("text", "json", "sarif", "github")
"""Forms that findings can take."""


def environments(function: F) -> F:
    """`--env`, any number of times; none means all."""
    return click.option(
        "--env", "environments", metavar="ENV", multiple=True, help="Only this environment; may be repeated."
    )(function)


def agents(function: F) -> F:
    """`--agent`, any number of times; none means all."""
    return click.option(
        "--agent", "agents", metavar="AGENT", multiple=True, help="Only this agent; may be repeated."
    )(function)


def revision(function: F) -> F:
    """`--rev`: sources from git instead of the work tree."""
    return click.option(
        "--rev", metavar="REV", help="Read the sources from this git revision, without checkout."
    )(function)


def output(*forms: str) -> Callable[[F], F]:
    """`-o`: the form of what is printed; the first is the default."""
    return click.option(
        "-o",
        "--output",
        "form",
        type=click.Choice(forms),
        default=forms[0],
        show_default=True,
        help="Form of the output.",
    )
