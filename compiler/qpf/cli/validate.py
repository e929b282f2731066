"""`qpf validate`: every finding of every layer; nothing written, but for fixes that are asked for."""

import click

from qpf.cli import options
from qpf.cli.exit import FINDINGS, status
from qpf.cli.fixing import Fixing
from qpf.cli.fleet import Fleet
from qpf.cli.output import leave, note, show_json
from qpf.cli.remembered import remembered
from qpf.cli.session import Session
from qpf.host.layers import layers_of, number_of, only
from qpf.model.diagnostic import Report
from qpf.model.extension import LAYER_NAMES
from qpf.model.nearest import did_you_mean


@click.command()
@options.environments
@options.agents
@options.revision
@click.option(
    "--layer",
    "layers",
    metavar="LAYER",
    multiple=True,
    help="Only findings of this layer, from 1 to 7 or by its name; may be repeated.",
)
@click.option("--strict", is_flag=True, help="Let warnings fail too.")
@click.option("--no-cache", is_flag=True, help="Look at everything anew; remember and keep nothing.")
@click.option("--fix", is_flag=True, help="Mend what can be mended safely.")
@click.option("--unsafe-fixes", is_flag=True, help="With --fix: mend what is a guess, too.")
@click.option(
    "--diff", "with_diff", is_flag=True, help="With --fix: show what would be written, and write nothing."
)
@click.option("--watch", is_flag=True, help="Validate again whenever a source changes, until Ctrl-C.")
@options.output(*options.FINDINGS)
@click.pass_context
def validate(  # noqa: PLR0913  # one parameter an option
    ctx: click.Context,
    environments: tuple[str, ...],
    agents: tuple[str, ...],
    rev: str | None,
    layers: tuple[str, ...],
    form: str,
    *,
    strict: bool,
    no_cache: bool,
    fix: bool,
    unsafe_fixes: bool,
    with_diff: bool,
    watch: bool,
) -> None:
    """Check the fleet; without --fix, nothing is written.

    All findings of all files, agents and environments are reported in one run. What was valid and did not
    change since is remembered in .qpf, and not looked at again.

    The layers are 1 syntax, 2 structure, 3 types, 4 dependencies, 5 governance, 6 consistency and
    7 performance. If errors of other layers keep a chosen one from being seen whole, that is an error too,
    and there is no verdict.

    With --fix, sources are edited first, as a careful person would: a deprecated field goes to the one that
    takes its place if every agent stays what it is, and what carries its own fix is mended if it is gone
    then and nothing of its kind is new. What is left as it is says why. With --layer, only what is of those
    layers is mended.
    """
    session: Session = ctx.obj
    if fix and rev is not None:
        message = "--fix edits the work tree; it cannot edit a revision"
        raise click.UsageError(message)
    if (unsafe_fixes or with_diff) and not fix:
        message = "--unsafe-fixes and --diff say how to --fix"
        raise click.UsageError(message)
    if with_diff and form in {"sarif", "github"}:
        message = f"--diff prints a difference, which is no {form}"
        raise click.UsageError(message)
    chosen = [_number(word) for word in layers]
    if watch:
        from qpf.cli.watch import watching

        watching(ctx, validate)
    anew = fix or no_cache or bool(agents) or rev is not None
    known = None if anew else remembered(session, form, environments)
    fixing = None
    if known is not None:
        fleet, report = known
    else:
        fixing = Fixing(session, form, rev, environments, agents, unsafe=unsafe_fixes, layers=chosen)
        report = fixing.mend() if fix else fixing.promise()
        if fix and not with_diff:
            fixing.write()
        fleet = fixing.fleet
    if chosen:
        report = only(report, chosen, layers_of(fleet.workspace.registry, fleet.workspace.given.value.codes))
    code = status(report, strict=strict)
    if fixing and with_diff and fixing.done:
        code = max(code, FINDINGS)
    if form == "json":
        told = fixing.told(with_diff=with_diff) if fixing and fix else {}
        show_json({**told, **({"layers": sorted(set(chosen))} if chosen else {})}, report)
        leave(code)
    if fixing and with_diff:
        click.echo(fixing.difference(), nl=False)
    if form == "text":
        _say_clean(report, fleet, chosen)
    fleet.show(report, strict=strict)
    leave(code)


def _say_clean(report: Report, fleet: Fleet, chosen: list[int]) -> None:
    if report.diagnostics:
        return
    agents = len(fleet.agents or fleet.workspace.documents.known("agent"))
    names = ", ".join(LAYER_NAMES[number - 1] for number in sorted(set(chosen)))
    within = f" in {names}" if names else ""
    note(f"no findings{within}: {_count(agents, 'agent')}, {_count(len(fleet.environments), 'environment')}")


def _number(word: str) -> int:
    """The layer that is named."""
    number = number_of(word)
    if number is None:
        hint = did_you_mean(word, LAYER_NAMES)
        message = f"there is no layer `{word}`" + (f"; {hint}" if hint else "")
        raise click.BadParameter(message, param_hint="--layer")
    return number


def _count(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"
