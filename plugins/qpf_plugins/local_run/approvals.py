"""`qpf approvals`: decisions of running agents that wait for a person, listed and answered."""

import getpass
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import click
import httpx
from msgspec import Struct
from pydantic_core import to_json

from qpf_plugins.local_run.agent_log import visible
from qpf_plugins.local_run.held_shown import as_list, as_text
from qpf_plugins.local_run.place import Place, RunningAgent
from qpf_plugins.local_run.problem import Problem, told
from qpf_runtime.clock import SystemClock

PATIENCE = 60.0
"""Seconds to wait for an answer: the rest of a turn may take its time."""

NOT_FOUND, CONFLICT = 404, 409

STATES = ("pending", "approved", "rejected", "expired", "all")


def _login() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        message = "this system has no name for you"
        raise Problem(message, "say who answers: --by NAME") from None


_env = click.option("--env", "environment", required=True, metavar="ENV", help="The environment that runs.")
_agent = click.option("--agent", metavar="AGENT", help="Only this agent's decisions.")
_note = click.option("--note", default="", metavar="TEXT", help="Why; kept in the audit trail.")
_by = click.option("--by", metavar="NAME", show_default="your login name", help="Who answers.")
_token = click.option(
    "--token-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Holds a token of your own, for agents that know you by one.",
)
_form = click.option(
    "-o", "--output", "form", type=click.Choice(("text", "json")), default="text", show_default=True,
    help="Form of the output.",
)  # fmt: skip


class _Told(Struct, frozen=True):
    """What a person says who answers."""

    identity: str
    environment: str
    agent: str | None
    by: str | None
    note: str
    token_file: Path | None
    form: str


def _answering(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command what an answer needs."""
    identity = click.argument("identity", metavar="ID")
    for each in (click.pass_context, _form, _token, _note, _by, _agent, _env, identity):
        command = each(command)
    return command


@click.group()
def approvals() -> None:
    """See decisions of running agents that wait for a person, and answer them.

    An answer counts once. Whoever can read the running fleet's token can answer, in any name; unless agents
    know persons by tokens of their own (QPF_APPROVERS): then bring yours by --token-file.
    """


@approvals.command("list")
@_env
@_agent
@click.option(
    "--state", type=click.Choice(STATES), default="pending", show_default=True, help="What became of them."
)
@click.option(
    "--limit",
    type=click.IntRange(1, 1000),
    default=100,
    show_default=True,
    help="Most of one agent.",
)
@_form
@click.pass_context
def list_approvals(
    ctx: click.Context, environment: str, agent: str | None, state: str, limit: int, form: str
) -> None:
    """List them, the longest waiting first."""
    agents = _agents(Place.of(ctx, environment), agent)
    found = [held for one in agents for held in _listed(one, None if state == "all" else state, limit)]
    found.sort(key=lambda held: (held["created_at"], held["id"]))
    if form == "json":
        _print_json(environment, approvals=found)
        return
    if not found:
        click.echo("no decision waits" if state == "pending" else "there is none")
        return
    click.echo(as_list(environment, found, SystemClock().now()))


@approvals.command("show", short_help="Show one: its packet, its facts, why it asks.")
@click.argument("identity", metavar="ID")
@_env
@_agent
@_form
@click.pass_context
def show(ctx: click.Context, identity: str, environment: str, agent: str | None, form: str) -> None:
    """Show one: the packet, what the agent found out about it, and why it asks."""
    _, held = _found(Place.of(ctx, environment), agent, identity)
    if form == "json":
        _print_json(environment, approval=held)
        return
    click.echo(as_text(held, SystemClock().now()))


@approvals.command("approve")
@_answering
def approve(ctx: click.Context, **told: Any) -> None:
    """Approve the decision ID: what was withheld leaves now.

    Exit code 1 if it was answered already, or its time-out has passed.
    """
    _answer(ctx, "approve", _Told(**told))


@approvals.command("reject")
@_answering
def reject(ctx: click.Context, **told: Any) -> None:
    """Reject the decision ID: what was withheld never leaves.

    Exit code 1 if it was answered already, or its time-out has passed.
    """
    _answer(ctx, "reject", _Told(**told))


def _answer(ctx: click.Context, answer: str, told: _Told) -> None:
    receiver, _ = _found(Place.of(ctx, told.environment), told.agent, told.identity)
    body, token = {"answer": answer, "note": told.note}, receiver.token
    if told.token_file is not None:
        token = told.token_file.read_text(encoding="utf-8").strip()
    if told.by is not None or told.token_file is None:
        body["by"] = told.by or _login()
    with _client(receiver, token) as client:
        replied = client.post(f"{receiver.url}/approvals/{told.identity}", json=body)
        held = _json(receiver, replied)
    if replied.status_code == CONFLICT:
        click.echo(f"{receiver.name}: {visible(held['error']['message'])}", err=True)
        ctx.exit(1)
    _check(receiver, replied.status_code, held)
    if told.form == "json":
        _print_json(told.environment, approval=held)
    else:
        by = visible(held["answered_by"])
        click.echo(f"{receiver.name}: decision {told.identity} is {held['outcome']} by {by}")


def _agents(place: Place, agent: str | None) -> list[RunningAgent]:
    running = place.running()
    if running is None:
        message = f"no fleet runs for {place.environment}: an agent must run to be answered"
        raise Problem(message, f"qpf run --env {place.environment}")
    with told(place.environment):
        return [running.agent(agent)] if agent else [running.agents[name] for name in sorted(running.agents)]


def _listed(agent: RunningAgent, state: str | None, limit: int) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    asked: dict[str, str | int] = {"state": state} if state else {}
    with _client(agent) as client:
        while len(found) < limit:
            answer = client.get(
                f"{agent.url}/approvals", params=asked | {"limit": min(100, limit - len(found))}
            )
            page = _json(agent, answer)
            _check(agent, answer.status_code, page)
            found += [{"agent": agent.name} | held for held in page["approvals"]]
            if page["next"] is None:
                break
            asked["after"] = page["next"]
    return found


def _found(place: Place, agent: str | None, identity: str) -> tuple[RunningAgent, dict[str, Any]]:
    for one in _agents(place, agent) if identity.isalnum() else ():
        with _client(one) as client:
            answer = client.get(f"{one.url}/approvals/{identity}")
            held = _json(one, answer)
        if answer.status_code != NOT_FOUND:
            _check(one, answer.status_code, held)
            return one, {"agent": one.name} | held
    message = f"no running agent holds a decision {identity}"
    raise Problem(message, f"qpf approvals list --env {place.environment} names those that wait")


@contextmanager
def _client(agent: RunningAgent, token: str | None = None) -> Iterator[httpx.Client]:
    try:
        with httpx.Client(
            headers={"authorization": f"Bearer {token or agent.token}"},
            timeout=PATIENCE,
            trust_env=False,  # a proxy has no business on the loopback
        ) as client:
            yield client
    except httpx.HTTPError as error:
        message = f"agent {agent.name} at {agent.url} (process {agent.pid}) does not answer: {error}"
        raise Problem(message, "it may be starting or stopping; try again") from None


def _json(agent: RunningAgent, answer: httpx.Response) -> dict[str, Any]:
    try:
        return cast("dict[str, Any]", answer.json())
    except ValueError:
        message = f"agent {agent.name} answered {answer.status_code} and no JSON"
        raise Problem(message) from None


def _check(agent: RunningAgent, status: int, body: dict[str, Any]) -> None:
    if status >= httpx.codes.BAD_REQUEST:
        message = f"{agent.name}: {visible(str(body.get('error', {}).get('message', status)))}"
        raise Problem(message)


def _print_json(environment: str, **content: Any) -> None:
    click.echo(to_json({"version": 1, "environment": environment, **content}, indent=2))
