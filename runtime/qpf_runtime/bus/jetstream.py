"""What agents do with streams: put a message in and know that it is there, look at one, take one out."""

import asyncio
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from pydantic_core import to_json

from qpf_runtime.bus.connection import Connection, Lost, NobodyListens
from qpf_runtime.envelope import Json, read_json
from qpf_runtime.errors import BusClosed, QueueFull, Undeliverable
from qpf_runtime.ids import spread

ATTEMPT = 2.0
"""Seconds the server may take to say that it has a message, before it is sent again."""

UNANSWERED = 3
"""How often nobody may listen to a subject before it has no stream."""

FULL = ("maximum", "resource limits exceeded", "insufficient")
"""How the server begins to say that a stream, an account or a disk is full."""

MESSAGE_ID = "Nats-Msg-Id"
"""Header by which the server knows a message it has already."""


@dataclass(frozen=True, slots=True)
class Stored:
    """A message in a stream.

    Attributes:
        sequence: Its number in the stream.
        subject: Where it was sent.
        headers: What it says of itself.
        body: The rest of it.
        at: When it was stored.
    """

    sequence: int
    subject: str
    headers: Mapping[str, str]
    body: bytes
    at: datetime


class JetStream:
    """The streams of a server, through one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @property
    def largest(self) -> int:
        """Most bytes of a message, headers included, that the server takes."""
        return self._connection.largest

    async def store(self, subject: str, headers: Mapping[str, str], body: bytes, within: float) -> None:
        """Put a message into the stream of its subject; sent again until the server says that it is there.

        Args:
            subject: Where to.
            headers: Among them a message id, so that what arrives twice is stored once.
            body: The message.
            within: Seconds to try.

        Raises:
            QueueFull: If the stream takes no more of that subject.
            Undeliverable: If there is no such stream, or it refuses the message.
            BusClosed: If the server did not say in time that it is there.
        """
        loop = asyncio.get_running_loop()
        end, unanswered = loop.time() + within, 0
        while True:
            try:
                left = min(ATTEMPT, max(end - loop.time(), 0.01))
                reply = await self._connection.ask(subject, body, headers, left)
                problem = _verdict(subject, read_json(reply.data))
            except NobodyListens:
                unanswered += 1
                problem = f"no stream takes {subject}: is the fleet's bus.json applied?"
                # Of several servers nobody takes it either while they choose who leads: that passes.
                if unanswered == UNANSWERED and not self._connection.clustered:
                    raise Undeliverable(problem) from None
            except Lost as error:
                problem = str(error)
            if problem is None:
                return
            if loop.time() >= end:
                raise BusClosed(problem)
            await asyncio.sleep(spread(0.1))

    async def at(self, stream: str, sequence: int) -> Stored | None:
        """Give the message of that number, if it is there."""
        return await self._get(stream, {"seq": sequence})

    async def following(self, stream: str, sequence: int, subject: str) -> Stored | None:
        """Give the first message from that number on whose subject fits the pattern."""
        return await self._get(stream, {"seq": sequence, "next_by_subj": subject})

    async def delete(self, stream: str, sequence: int) -> None:
        """Take a message out; nothing happens if it is not there."""
        body = to_json({"seq": sequence, "no_erase": True})
        await self._connection.ask(f"$JS.API.STREAM.MSG.DELETE.{stream}", body, None, ATTEMPT)

    async def _get(self, stream: str, wanted: Mapping[str, Json]) -> Stored | None:
        subject = f"$JS.API.STREAM.MSG.GET.{stream}"
        answer = read_json((await self._connection.ask(subject, to_json(wanted), None, ATTEMPT)).data)
        match answer:
            case {"message": {"seq": int(sequence), "subject": str(name), "time": str(time), **rest}}:
                return Stored(
                    sequence=sequence,
                    subject=name,
                    headers=_headers(b64decode(str(rest.get("hdrs", "")))),
                    body=b64decode(str(rest.get("data", ""))),
                    at=datetime.fromisoformat(time),
                )
            case {"error": {"code": 404}}:
                return None
            case _:
                msg = f"the NATS server does not give message {wanted} of {stream}: {answer}"
                raise BusClosed(msg)


def _verdict(subject: str, answer: Json) -> str | None:
    match answer:
        case {"error": {"description": str(told)}} if told.startswith(FULL):
            msg = f"the queue of {subject} is full ({told}); send later"
            raise QueueFull(msg)
        case {"error": {"code": int(code), "description": str(told)}}:
            if 400 <= code < 500:  # noqa: PLR2004 -- the sender's mistakes, as in HTTP
                msg = f"the NATS server refuses the message for {subject}: {told}"
                raise Undeliverable(msg)
            return told
        case {"stream": str()}:
            return None
        case _:
            return f"the NATS server gave an answer to {subject} that is none"


def _headers(raw: bytes) -> dict[str, str]:
    lines = raw.decode("utf-8", "replace").split("\r\n")[1:]
    pairs = (line.partition(":") for line in lines)
    return {name.strip(): value.strip() for name, separator, value in pairs if separator}
