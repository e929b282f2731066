"""What the one process of a fleet offers to the other commands, beside the agents' own interfaces."""

import asyncio
import hmac
from collections.abc import AsyncIterator, Mapping
from typing import Any

from pydantic_core import to_json
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from qpf_plugins.local_run.letters import spell
from qpf_runtime.bus.port import DeadLetters
from qpf_runtime.runtime import TurnRecord

BEHIND = 1000
"""Packets a slow listener may fall behind; it misses what comes then."""


class Passing:
    """Tells listeners of packets as they are handled; give its `watch` to a runtime's watchers."""

    def __init__(self) -> None:
        self._listeners: set[asyncio.Queue[bytes | None]] = set()

    def watch(self, record: TurnRecord) -> None:
        """Tell of one."""
        if not self._listeners:
            return
        line = to_json({"version": 1, "packet": record.envelope.model_dump(mode="json")}) + b"\n"
        for queue in self._listeners:
            if queue.qsize() < BEHIND:
                queue.put_nowait(line)

    def end(self) -> None:
        """Let all listeners go."""
        for queue in self._listeners:
            queue.put_nowait(None)

    async def lines(self) -> AsyncIterator[bytes]:
        """Give each packet from now on as a line of JSON."""
        queue: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._listeners.add(queue)
        try:
            # So that a listener knows from when on it misses nothing.
            yield b"\n"
            while (line := await queue.get()) is not None:
                yield line
        finally:
            self._listeners.discard(queue)


def desk(passing: Passing, letters: DeadLetters, token: str) -> list[Route]:
    """Make the addresses: `/packets` as they pass, and `/dead-letters`. All ask for the token."""

    async def packets(request: Request) -> Response:
        _authorize(request, token)
        return StreamingResponse(passing.lines(), media_type="application/x-ndjson")

    async def listed(request: Request) -> Response:
        _authorize(request, token)
        limit = request.query_params.get("limit", "100")
        if not limit.isdecimal():
            raise HTTPException(400, "limit must be a number")
        found = await letters.list(request.query_params.get("agent"), int(limit))
        return _answer({"version": 1, "dead_letters": [spell(letter) for letter in found]})

    async def one(request: Request) -> Response:
        _authorize(request, token)
        found = await letters.find(request.path_params["identity"])
        if found is None:
            raise HTTPException(404, "no such dead letter")
        return _answer(spell(found))

    async def replay(request: Request) -> Response:
        _authorize(request, token)
        try:
            return _answer(spell(await letters.replay(request.path_params["identity"])))
        except KeyError:
            raise HTTPException(404, "no such dead letter") from None

    return [
        Route("/packets", packets),
        Route("/dead-letters", listed),
        Route("/dead-letters/{identity}", one),
        Route("/dead-letters/{identity}/replay", replay, methods=["POST"]),
    ]


def _answer(body: Mapping[str, Any]) -> Response:
    return Response(to_json(body), media_type="application/json")


def _authorize(request: Request, token: str) -> None:
    given = request.headers.get("authorization", "")
    if not hmac.compare_digest(given.encode(), f"Bearer {token}".encode()):
        raise HTTPException(401, "this server asks for its token: Authorization: Bearer …")
