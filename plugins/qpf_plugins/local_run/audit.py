"""`qpf audit`: the audit trail of agents, shown and verified, whether or not they run."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
from pydantic import TypeAdapter, ValidationError
from pydantic_core import from_json, to_json

from qpf_plugins.local_run.agent_log import visible
from qpf_plugins.local_run.place import Place
from qpf_plugins.local_run.problem import Problem
from qpf_runtime.audit_check import Finding, verify
from qpf_runtime.audit_source import Head, heads, newest
from qpf_runtime.errors import Unavailable

MOST = 10_000

_HEADS = TypeAdapter(list[Head])

_env = click.option("--env", "environment", required=True, metavar="ENV", help="The agents' environment.")
_agent = click.option("--agent", metavar="AGENT", help="Only this agent's trail.")
_url = click.option(
    "--url", metavar="URL", help="The agents' database, if they do not keep their trail under .qpf/data."
)
_form = click.option(
    "-o", "--output", "form", type=click.Choice(("text", "json")), default="text", show_default=True,
    help="Form of the output.",
)  # fmt: skip


@click.group()
def audit() -> None:
    """Show and verify the audit trail of agents.

    Reads the databases themselves, whether or not agents run, and changes nothing there.
    """


@audit.command("verify", short_help="Check every chain; name each row that was tampered with.")
@_env
@_agent
@_url
@click.option(
    "--head",
    "exported",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Heads that `qpf audit head -o json` exported before.",
)
@_form
@click.pass_context
def verify_trail(
    ctx: click.Context, environment: str, agent: str | None, url: str | None, exported: Path | None, form: str
) -> None:
    """Check every chain; name each row that was changed, removed, inserted or moved.

    Exit code 1 if one was. Who may write the whole database can write a chain anew that holds: that
    shows only beside heads that were exported before and kept elsewhere (--head).
    """
    place = Place.of(ctx, environment)
    known = [head for head in _exported(exported) if agent in {None, head.agent}]
    findings: list[Finding] = []
    chains: list[Head] = []
    with _told():
        for name, source in _sources(place, agent, url):
            of_these = [head for head in known if name in {None, head.agent}]
            findings += verify(source, agent, of_these)
            chains += heads(source, agent)
            known = [head for head in known if head not in of_these]
    findings += [_gone(head) for head in known if head.seq]
    if form == "json":
        _print_json(
            environment,
            findings=[asdict(finding) for finding in findings],
            heads=[asdict(head) for head in chains],
        )
    else:
        for finding in findings:
            click.echo(f"{visible(str(finding.agent))}: {visible(finding.message)}")
        rows = _count(sum(head.seq for head in chains), "row")
        click.echo(f"{_count(len(findings), 'finding')} in {_count(len(chains), 'chain')} of {rows}")
    if findings:
        ctx.exit(1)


@audit.command("head", short_help="Print where each chain ends, to be kept elsewhere.")
@_env
@_agent
@_url
@_form
@click.pass_context
def show_head(ctx: click.Context, environment: str, agent: str | None, url: str | None, form: str) -> None:
    """Print where each chain ends, to be kept elsewhere (-o json) for `qpf audit verify --head`."""
    place = Place.of(ctx, environment)
    with _told():
        found = [head for _, source in _sources(place, agent, url) for head in heads(source, agent)]
    if form == "json":
        _print_json(environment, heads=[asdict(head) for head in found])
        return
    for head in found:
        click.echo(f"{visible(str(head.agent))}  row {head.seq}  {visible(str(head.digest))}")


@audit.command("show")
@_env
@_agent
@_url
@click.option("--id", "story", metavar="ID", help="Only rows about this packet, or this correlation id.")
@click.option(
    "--limit", type=click.IntRange(1, MOST), default=100, show_default=True, help="Most rows, the newest."
)
@_form
@click.pass_context
def show_rows(
    ctx: click.Context,
    environment: str,
    agent: str | None,
    url: str | None,
    story: str | None,
    limit: int,
    form: str,
) -> None:
    """Print the newest rows, the oldest of them first."""
    place = Place.of(ctx, environment)
    with _told():
        sources = _sources(place, agent, url)
        rows = [row for _, source in sources for row in newest(source, agent, story, limit)]
    rows.sort(key=lambda row: (str(row["at"]), str(row["agent"]), str(row["seq"])))
    rows = rows[-limit:]
    if form == "json":
        told = [row | {name: _parsed(row[name]) for name in ("reasons", "detail")} for row in rows]
        _print_json(environment, rows=told)
        return
    for row in rows:
        head = ("at", "agent", "seq", "event", "outcome", "actor", "packet_id")
        click.echo(visible("  ".join(str(row[name]) for name in head)))
        reasons = _parsed(row["reasons"])
        for reason in reasons if isinstance(reasons, list) else [reasons]:
            click.echo(visible(f"    {reason}"))


def _sources(place: Place, agent: str | None, url: str | None) -> Sequence[tuple[str | None, str]]:
    """Name the databases, each with the agent it belongs to; None for one that agents share."""
    if url is not None:
        return [(None, url)]
    folder = place.kept / "data" / place.environment
    files = sorted(folder.glob(f"{agent or '*'}.db")) if agent is None or agent.isidentifier() else []
    if not files:
        whose = f"agent {agent}" if agent else "no agent"
        message = f"{whose} has kept {'no' if agent else 'an'} audit trail in {folder}"
        raise Problem(message, "--url names a database that is elsewhere; qpf run makes one here")
    return [(file.stem, f"sqlite:///{file}") for file in files]


def _exported(file: Path | None) -> list[Head]:
    if file is None:
        return []
    try:
        document = from_json(file.read_bytes())
        return _HEADS.validate_python(document["heads"])
    except OSError as error:
        message = f"{file} cannot be read: {error.strerror}"
    except (ValueError, ValidationError, KeyError, TypeError):
        message = f"{file} holds no heads"
    raise Problem(message, "export them with qpf audit head -o json > FILE")


def _gone(head: Head) -> Finding:
    told = f"its whole trail is gone: it had {_count(head.seq, 'row')} when the head was exported"
    return Finding(head.agent, 1, head.seq, "missing", told)


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except Unavailable as error:
        message = f"the audit trail cannot be read: {error}"
        raise Problem(message, "is it the agents' database, and of this version?") from None


def _parsed(text: object) -> Any:
    try:
        return from_json(text) if isinstance(text, str) else text
    except ValueError:
        return text  # somebody changed it: shown as it is


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _print_json(environment: str, **content: Any) -> None:
    document = {"version": 1, "environment": environment, **content}
    click.echo(to_json(document, indent=2, fallback=repr))
