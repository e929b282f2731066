"""Options that commands share, so that they mean and read the same everywhere."""

from collections.abc import Callable
from typing import Any, Literal, TypeAlias, TypeVar

import click

Kind: TypeAlias = Literal["auto", "bar", "lines", "json", "none"]
KINDS: tuple[Kind, ...] = ("auto", "bar", "lines", "json", "none")
"""Ways to show the progress of a compile."""

F = TypeVar("F", bound=Callable[..., Any])

FINDINGS = ("text", "json", "sarif", "github")
"""Forms that findings can take."""

STAGED = ":"
"""What stands for the index in the place of a revision: no revision can be called so."""


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
    """`--rev` and `--staged`: sources from git instead of the work tree."""
    staged = click.option(
        "--staged", "rev", flag_value=STAGED, help="Read the sources as they are staged for the next commit."
    )
    return click.option(
        "--rev", "rev", metavar="REV", help="Read the sources from this git revision, without checkout."
    )(staged(function))


def caches(function: F) -> F:
    """`--cache`, any number of times; by default what `QPF_CACHE` says, where blanks part addresses."""
    return click.option(
        "--cache",
        "caches",
        metavar="URL",
        multiple=True,
        envvar="QPF_CACHE",
        show_envvar=True,
        help="A cache that others share; may be repeated.",
    )(function)


def engine(function: F) -> F:
    """How a compile works: processes, caches, progress."""
    for option in reversed(
        (
            click.option(
                "-j",
                "--jobs",
                metavar="N",
                type=click.IntRange(1, 1024),
                help="How many processes may work; by default as qpf.yaml says, or one a processor.",
            ),
            click.option(
                "--no-cache", is_flag=True, help="Compile everything anew; remember and keep nothing."
            ),
            caches,
            click.option(
                "--executor",
                metavar="NAME[:ADDRESS]",
                default="",
                help="Let others work, for instance dask:tcp://scheduler:8786; dask alone starts some here.",
            ),
            click.option(
                "--verify-cache",
                is_flag=True,
                help="Compile everything a second time, from nothing, and fail if memory was wrong.",
            ),
            click.option(
                "--progress",
                type=click.Choice(KINDS),
                default="auto",
                show_default=True,
                help="How to show on stderr what goes on.",
            ),
        )
    ):
        function = option(function)
    return function


FORM = "qpf.form"
"""Key of `ctx.meta`: how the command prints, which failures need to know."""


def _noted(ctx: click.Context, _parameter: click.Parameter, form: str) -> str:
    ctx.meta[FORM] = form
    return form


def output(*forms: str) -> Callable[[F], F]:
    """`-o`: the form of what is printed; the first is the default."""
    return click.option(
        "-o",
        "--output",
        "form",
        callback=_noted,
        type=click.Choice(forms),
        default=forms[0],
        show_default=True,
        help="Form of the output.",
    )
