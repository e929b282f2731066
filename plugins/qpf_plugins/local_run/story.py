"""All that one packet set off, gathered from the ledgers of the agents and put in order by cause."""

import asyncio
import logging
import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from msgspec import Struct
from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

from qpf_plugins.local_run.place import Place, Running, RunningAgent
from qpf_plugins.local_run.problem import Problem
from qpf_runtime.clock import SystemClock
from qpf_runtime.database import Database
from qpf_runtime.errors import Unavailable
from qpf_runtime.ledger import Ledger

PATIENCE = 10.0
"""Seconds an agent may take to answer."""

RESUMED = re.compile(r"^[0-9a-f]+\+(answer|\d+)$")
"""The id of a turn that goes on with a held packet: an answer came, or its time-out the so-many-th time."""

log = logging.getLogger("qpf_plugins.local_run")


class Turn(BaseModel):
    """One packet that one agent handled."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    agent: str
    packet_id: str
    kind: str
    port: str
    source: str
    priority: str = "medium"
    correlation_id: str
    causation_id: str | None
    created_at: AwareDatetime
    handled_at: AwareDatetime
    seconds: float
    hops: tuple[str, ...]
    outcome: str | None

    @property
    def resumed(self) -> str | None:
        """Why it goes on with a packet that was held; None if its packet was fresh."""
        found = RESUMED.match(self.packet_id)
        return None if found is None else "answered" if found[1] == "answer" else "timed out"

    @property
    def began(self) -> datetime:
        """When its packet was made; when it was taken up again, if it was held."""
        return self.handled_at - timedelta(seconds=self.seconds) if self.resumed else self.created_at


class Branch(Struct, frozen=True):
    """A turn and those it caused, in the order their packets were made."""

    turn: Turn
    caused: tuple["Branch", ...]


def grow(turns: Iterable[Turn]) -> tuple[Branch, ...]:
    """Put turns in order by cause; those whose cause is not among them begin a tree of their own."""
    ordered = sorted(turns, key=lambda turn: (turn.began, turn.handled_at, turn.agent))
    known = {turn.packet_id for turn in ordered}
    held = {_packet(turn): turn.packet_id for turn in ordered if not turn.resumed}
    caused: dict[str | None, list[Turn]] = {}
    for turn in ordered:
        cause = held.get(_packet(turn)) if turn.resumed else turn.causation_id
        rooted = cause not in known or cause == turn.packet_id
        caused.setdefault(None if rooted else cause, []).append(turn)
    # One packet may go to several agents under one id: what it caused is told once.
    told: set[str] = set()

    def branch(turn: Turn) -> Branch:
        fresh = turn.packet_id not in told
        told.add(turn.packet_id)
        return Branch(turn, tuple(map(branch, caused.get(turn.packet_id, ()))) if fresh else ())

    return tuple(map(branch, caused.get(None, ())))


def _packet(turn: Turn) -> tuple[object, ...]:
    """Name the packet of a turn by what it says: a resumed turn has an id of its own."""
    return turn.agent, turn.port, turn.source, turn.correlation_id, turn.created_at


def gather(place: Place, identity: str) -> tuple[Turn, ...]:
    """Find all turns of the story a packet belongs to.

    Args:
        place: The environment.
        identity: Of a packet, or of the story (its correlation).

    Raises:
        Problem: If nobody knows it.
    """
    running = place.running()
    asked = _ask_agents(running, identity) if running else _ask_files(place, identity)
    turns = asyncio.run(asked)
    if not turns:
        where = "no agent that runs knows" if running else "no ledger on this machine knows"
        message = f"{where} a packet or a correlation {identity}"
        given_up = f"qpf dlq list --env {place.environment} shows packets that were given up"
        hint = f"it may not be handled yet; {given_up}"
        raise Problem(message, hint if running else f"qpf run --env {place.environment} starts its agents")
    return turns


async def _ask_agents(running: Running, identity: str) -> tuple[Turn, ...]:
    async with httpx.AsyncClient(timeout=PATIENCE, trust_env=False) as client:

        async def ask(wanted: str) -> list[Turn]:
            found = await asyncio.gather(*(_ask(client, agent, wanted) for agent in running.agents.values()))
            return [turn for turns in found for turn in turns]

        return _distinct(await _whole(identity, ask))


async def _ask(client: httpx.AsyncClient, agent: RunningAgent, identity: str) -> list[Turn]:
    try:
        answer = await client.get(
            f"{agent.url}/trail/{identity}", headers={"authorization": f"Bearer {agent.token}"}
        )
        if answer.status_code == httpx.codes.NOT_FOUND:
            return []
        found: Sequence[dict[str, Any]] = answer.raise_for_status().json()["entries"]
        return [Turn.model_validate({**entry, "agent": agent.name}) for entry in found]
    except (httpx.HTTPError, ValueError, KeyError, TypeError) as error:
        log.warning("%s cannot be asked, its part is missing: %s", agent.name, error)
        return []


async def _ask_files(place: Place, identity: str) -> tuple[Turn, ...]:
    files = sorted((place.kept / "data" / place.environment).glob("*.db"))

    async def ask(wanted: str) -> list[Turn]:
        return [turn for file in files for turn in await _read(file, wanted)]

    return _distinct(await _whole(identity, ask))


async def _read(file: Path, identity: str) -> list[Turn]:
    # It is only read: who opens it here makes no tables.
    database = Database.file(file, prepare=lambda _engine: None)
    try:
        entries = await Ledger(database, file.stem, SystemClock()).of(identity)
        return [Turn.model_validate({**asdict(entry), "agent": file.stem}) for entry in entries]
    except (Unavailable, ValidationError) as error:
        log.warning("%s cannot be read, its part is missing: %s", file, error)
        return []
    finally:
        await database.close()


async def _whole(identity: str, ask: Any) -> list[Turn]:
    """Ask by the name that was given; then, if that was one packet's, by the story's."""
    turns: list[Turn] = await ask(identity)
    others = {turn.correlation_id for turn in turns} - {identity}
    for story in sorted(others):
        turns += await ask(story)
    return turns


def _distinct(turns: Iterable[Turn]) -> tuple[Turn, ...]:
    return tuple({(turn.agent, turn.packet_id): turn for turn in turns}.values())
