"""Sends one packet many times at a steady rate, and tells how that went."""

import asyncio
import signal
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx
from msgspec import Struct
from pydantic_core import to_json

from qpf_plugins.local_run.table import duration
from qpf_runtime.ids import random_token

AT_ONCE = 64
"""Most packets whose answer is waited for."""

P50, P99 = 0.50, 0.99
UNREACHABLE = "unreachable"

PATIENCE = 60.0
"""Seconds in which a packet is sent again that was refused for a passing reason, or whose agent is away."""

PAUSE = 0.2
"""Seconds between two tries."""


@dataclass
class Tally:
    """What became of them.

    Attributes:
        sent: How many were sent.
        answered: How many were answered or accepted.
        failed: How many were not, by the code they were refused with.
        latencies: Seconds from when one was due until its answer; one that waits for its turn here counts.
        seconds: How long all of it took.
    """

    sent: int = 0
    answered: int = 0
    failed: Counter[str] = field(default_factory=Counter)
    latencies: list[float] = field(default_factory=list)
    seconds: float = 0.0

    def quantile(self, part: float) -> float | None:
        """Seconds that such a part of the answers took at most."""
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(part * len(ordered)))] if ordered else None

    def as_json(self, environment: str, target: str) -> str:
        """Give all of it as one JSON document."""
        document = {
            "version": 1,
            "environment": environment,
            "target": target,
            "sent": self.sent,
            "answered": self.answered,
            "refused": dict(sorted(self.failed.items())),
            "seconds": round(self.seconds, 6),
            "p50_seconds": self.quantile(P50),
            "p99_seconds": self.quantile(P99),
        }
        return to_json(document, indent=2).decode()

    def as_text(self) -> str:
        """Give it for a person's eyes."""
        rate = self.sent / self.seconds if self.seconds else 0.0
        refused = sum(self.failed.values())
        codes = ", ".join(f"{code} {count}" for code, count in sorted(self.failed.items()))
        lines = [
            f"sent      {self.sent} in {duration(self.seconds)} ({rate:.1f}/s)",
            f"answered  {self.answered}",
            f"refused   {refused}" + (f" ({codes})" if codes else ""),
        ]
        if self.latencies:
            lines.append(f"p50       {duration(self.quantile(P50))}")
            lines.append(f"p99       {duration(self.quantile(P99))}")
        return "\n".join(lines)


class Post(Struct, frozen=True):
    """The request that carries the packet.

    Attributes:
        url: Where it goes.
        token: Lets it in.
        asked: What the address is asked besides.
        payload: The packet's fields.
        patience: Most seconds until it is answered.
    """

    url: str
    token: str
    asked: Mapping[str, str]
    payload: Mapping[str, Any]
    patience: float

    def __repr__(self) -> str:
        return f"Post({self.url!r})"


async def burst(find: Callable[[], Post | None], rate: float | None, count: int | None) -> Tally:
    """Send it so many times, so many a second; each time it is a packet of its own.

    One that is refused for a passing reason, or whose agent goes away before it answers, is sent again
    under the same key: it is one packet.

    Args:
        find: Gives the request, to where the agent is now; None if it runs no more.
        rate: Packets a second; as fast as answers come, if it is not given.
        count: How many; until Ctrl-C, if it is not given.
    """
    tally, stop = Tally(), asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGINT, stop.set)
    room = asyncio.Semaphore(AT_ONCE)
    limits = httpx.Limits(max_connections=AT_ONCE, max_keepalive_connections=AT_ONCE)
    began = loop.time()
    try:
        async with (
            httpx.AsyncClient(limits=limits, trust_env=False) as client,
            asyncio.TaskGroup() as sending,
        ):

            async def send(due: float) -> None:
                try:
                    code = await _one(client, find)
                finally:
                    room.release()
                if code is None:
                    tally.answered += 1
                    tally.latencies.append(loop.time() - due)
                else:
                    tally.failed[code] += 1

            while (count is None or tally.sent < count) and not stop.is_set():
                due = began + tally.sent / rate if rate else loop.time()
                await asyncio.sleep(max(0.0, due - loop.time()))
                await room.acquire()
                sending.create_task(send(due))
                tally.sent += 1
    finally:
        loop.remove_signal_handler(signal.SIGINT)
    tally.seconds = loop.time() - began
    return tally


async def _one(client: httpx.AsyncClient, find: Callable[[], Post | None]) -> str | None:
    """Send it once, for its agent; tells the code it was refused with."""
    loop, key = asyncio.get_running_loop(), random_token()
    end = loop.time() + PATIENCE
    code: str | None = UNREACHABLE
    while (post := find()) is not None:
        headers = {"authorization": f"Bearer {post.token}", "idempotency-key": key}
        try:
            answer = await client.post(
                post.url,
                params=dict(post.asked),
                json=dict(post.payload),
                headers=headers,
                timeout=post.patience,
            )
        except httpx.TimeoutException:
            return "no_answer"
        except httpx.TransportError:
            code, passing = UNREACHABLE, True
        else:
            code, passing = _refused(answer)
        if not passing or loop.time() >= end:
            break
        await asyncio.sleep(PAUSE)
    return code


def _refused(answer: httpx.Response) -> tuple[str | None, bool]:
    """Tell the code of a refusal, if it is one, and whether its reason passes."""
    if answer.is_success:
        return None, False
    try:
        said = answer.json()
        why = said.get("error") or said.get("payload") or {}
        return str(why["code"]), why.get("passing") is True
    except (ValueError, KeyError, TypeError, AttributeError):
        return f"http_{answer.status_code}", False
