"""`qpf compile`: the line from sources to environment folders, or what it would change there."""

from pathlib import Path
from typing import NoReturn

import click

from qpf.cli import options
from qpf.cli.done import UP_TO_DATE, Done, tell
from qpf.cli.exit import CLEAN
from qpf.cli.output import leave, note, show_json
from qpf.cli.session import Session


@click.command("compile")
@options.environments
@options.agents
@options.revision
@click.option(
    "--check", "only_check", is_flag=True, help="Write nothing; exit 1 if a file is not as compiled."
)
@click.option(
    "--diff", "with_diff", is_flag=True, help="Write nothing; show what would change. Implies --check."
)
@click.option(
    "--out",
    metavar="DIR",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write to DIR/ENV instead of the fleet's environments.",
)
@click.option(
    "--shard",
    metavar="I/N",
    help="Write nothing; extract the I-th of N parts of the agents into the caches.",
)
@options.engine
@options.output(*options.FINDINGS)
@click.pass_obj
def compile_command(  # noqa: PLR0913  # one parameter an option
    session: Session,
    environments: tuple[str, ...],
    agents: tuple[str, ...],
    rev: str | None,
    *,
    only_check: bool,
    with_diff: bool,
    out: Path | None,
    shard: str | None,
    jobs: int | None,
    no_cache: bool,
    executor: str,
    verify_cache: bool,
    caches: tuple[str, ...],
    progress: options.Kind,
    form: str,
) -> None:
    """Compile the fleet into its environment folders.

    Only files that change are written; files that are no longer produced are removed if the lock
    says that qpf wrote them. If anything is wrong with the sources, nothing is touched.

    What did not change since the last compile is not compiled again. With --agent only that agent's
    files are written; the environment counts as stale until the others are compiled too.
    """
    if out is not None and (only_check or with_diff):
        message = "--out writes, --check and --diff do not"
        raise click.UsageError(message)
    compares = only_check or with_diff
    if shard is not None and (compares or agents or out is not None or no_cache or verify_cache):
        message = "--shard only fills caches: it goes with --env, --rev, --cache, --jobs and --executor"
        raise click.UsageError(message)
    named = click.get_current_context().get_parameter_source("caches")
    if no_cache and named is click.core.ParameterSource.COMMANDLINE:
        message = "--no-cache uses no cache, so --cache names none"
        raise click.UsageError(message)
    if verify_cache and (compares or agents or no_cache):
        message = "--verify-cache is about compiles that write whole environments from memory"
        raise click.UsageError(message)
    quick = rev is None and out is None and not no_cache and form in {"text", "json"}
    if quick and not verify_cache and not executor and shard is None:
        _stand_still(session, environments, agents, form, compares=compares, with_diff=with_diff)
    from qpf.cli.engine import Choices

    choices = Choices(jobs, not no_cache, caches, progress, verify=verify_cache, executor=executor)
    if shard is not None:
        from qpf.cli.shard import compile_shard

        compile_shard(session, form, rev, environments, shard, choices)
    if quick and compares:
        from qpf.cli.whole import is_compiled

        if is_compiled(session, form, rev, environments, agents, choices):
            _up_to_date(form, with_diff=with_diff)
    if compares:
        from qpf.cli.comparing import compare
        from qpf.cli.fleet import open_fleet

        fleet = open_fleet(session, form, rev=rev, environments=environments, agents=agents)
        compare(fleet, with_diff=with_diff)
    from qpf.cli.whole import compile_whole

    compile_whole(session, form, rev, environments, agents, out, choices)


def _stand_still(
    session: Session,
    environments: tuple[str, ...],
    agents: tuple[str, ...],
    form: str,
    *,
    compares: bool,
    with_diff: bool,
) -> None:
    """End the command at once if nothing has changed since the last compile."""
    from qpf.io.standstill import unchanged
    from qpf.io.workshop import WORKSHOP

    workshop = session.root / WORKSHOP
    noted = unchanged(session.root, workshop, environments, alone=compares, renew=not compares)
    if noted is None or any(not {*agents} <= {*each["agents"]} for each in noted.values()):
        return
    if compares:
        _up_to_date(form, with_diff=with_diff)
    else:
        done = [
            Done(name, each["folder"], tuple(each["agents"]), unchanged=each["files"])
            for name, each in noted.items()
        ]
        tell(done, form, None, sources={}, folder="")


def _up_to_date(form: str, *, with_diff: bool) -> NoReturn:
    """Say that a compile would change nothing, and end the command."""
    if form == "json":
        show_json({"changes": [], "diff": ""} if with_diff else {"changes": []})
    else:
        note(UP_TO_DATE)
    leave(CLEAN)
