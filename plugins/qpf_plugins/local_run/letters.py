"""Packets that were given up, of whatever fleet runs: on its broker, or in its one process."""

import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

import httpx
from pydantic_core import to_json

from qpf_plugins.local_run.operator import connected
from qpf_plugins.local_run.place import Place, Running
from qpf_plugins.local_run.problem import Problem
from qpf_runtime.bus.port import DeadLetter, DeadLetters
from qpf_runtime.envelope import PacketEnvelope

PATIENCE = 10.0


def spell(letter: DeadLetter) -> dict[str, Any]:
    """Spell one as JSON; a body that is no text comes as base64."""
    try:
        body = {"body": letter.raw.decode()}
    except UnicodeDecodeError:
        body = {"body_base64": base64.b64encode(letter.raw).decode()}
    return {
        "id": letter.id,
        "agent": letter.agent,
        "code": letter.code,
        "reason": letter.reason,
        "at": letter.at.isoformat(),
        "attempts": letter.attempts,
        "subject": letter.subject,
        **body,
        "envelope": letter.envelope.model_dump(mode="json") if letter.envelope is not None else None,
    }


def read(spelt: dict[str, Any]) -> DeadLetter:
    """Read what `spell` wrote."""
    raw = spelt["body"].encode() if "body" in spelt else base64.b64decode(spelt["body_base64"])
    envelope = spelt["envelope"]
    return DeadLetter(
        id=spelt["id"],
        agent=spelt["agent"],
        code=spelt["code"],
        reason=spelt["reason"],
        at=datetime.fromisoformat(spelt["at"]),
        attempts=spelt["attempts"],
        subject=spelt["subject"],
        raw=raw,
        envelope=PacketEnvelope.model_validate_json(to_json(envelope)) if envelope else None,
    )


class HttpDeadLetters:
    """Those of a fleet that runs in one process."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        """Take a client that knows where the fleet is and has its token."""
        self._client = client

    async def list(self, agent: str | None = None, limit: int = 100) -> tuple[DeadLetter, ...]:
        """Give the oldest first; of one agent, if it is named."""
        asked = {"limit": str(limit)} | ({"agent": agent} if agent else {})
        answer = (await self._client.get("/dead-letters", params=asked)).raise_for_status().json()
        return tuple(read(spelt) for spelt in answer["dead_letters"])

    async def find(self, identity: str) -> DeadLetter | None:
        """Give the one of that id."""
        answer = await self._client.get(f"/dead-letters/{identity}")
        return None if answer.status_code == httpx.codes.NOT_FOUND else read(answer.raise_for_status().json())

    async def replay(self, identity: str) -> DeadLetter:
        """Send it once more to where it had been sent, then let go of it.

        Raises:
            KeyError: If there is none of that id.
        """
        answer = await self._client.post(f"/dead-letters/{identity}/replay")
        if answer.status_code == httpx.codes.NOT_FOUND:
            raise KeyError(identity)
        return read(answer.raise_for_status().json())


@asynccontextmanager
async def dead_letters(place: Place) -> AsyncIterator[DeadLetters]:
    """Reach the dead letters of the fleet that runs.

    Raises:
        Problem: If none runs, or it does not answer.
    """
    running = place.running()
    if running is None:
        message = f"no fleet runs for {place.environment}"
        hint = f"qpf run --env {place.environment} --bus nats starts one; without a broker, packets that were"
        raise Problem(message, f"{hint} given up are gone with the process that gave them up")
    if running.bus is not None:
        async with connected(running) as bus:
            yield bus.dead_letters
        return
    async with _client(running) as client:
        try:
            yield HttpDeadLetters(client)
        except httpx.HTTPError as error:
            message = f"the fleet at {running.url} does not answer: {error}"
            raise Problem(message, "it may be stopping; try again") from None


def _client(running: Running) -> httpx.AsyncClient:
    token = next(iter(running.agents.values())).token
    return httpx.AsyncClient(
        base_url=running.url or "",
        headers={"authorization": f"Bearer {token}"},
        timeout=PATIENCE,
        trust_env=False,
    )
