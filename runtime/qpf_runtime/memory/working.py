"""Working memory: the state of the work at hand, with a time to live."""

from collections.abc import Callable
from datetime import timedelta
from typing import Protocol
from weakref import WeakKeyDictionary

from pydantic_core import from_json, to_json

from qpf_runtime.clock import Clock
from qpf_runtime.database import Unit, current_unit
from qpf_runtime.envelope import Json


class WorkingMemory(Protocol):
    """State of the work at hand; lost without harm."""

    async def get(self, key: str) -> Json:
        """Give the value of a key; None if there is none or it has expired."""

    async def put(self, key: str, value: Json, ttl: timedelta | None = None) -> None:
        """Set a key, for so long, or for as long as the schema says."""

    async def delete(self, key: str) -> None:
        """Forget a key."""


class InProcessMemory:
    """Working memory in a dictionary. Values go through JSON, as they would to a server."""

    def __init__(self, keyspace: str, ttl: timedelta, clock: Clock, capacity: int = 10_000) -> None:
        self._prefix = keyspace.removesuffix("*")
        self._ttl = ttl
        # Monotonic time: setting the machine's clock must not make memories live longer or die.
        self._now: Callable[[], float] = clock.monotonic
        self._capacity = capacity
        self._entries: dict[str, tuple[float, bytes]] = {}

    async def get(self, key: str) -> Json:
        """Give the value of a key; None if there is none or it has expired."""
        entry = self._entries.get(self._prefix + key)
        if entry is None or entry[0] <= self._now():
            return None
        value: Json = from_json(entry[1])
        return value

    async def put(self, key: str, value: Json, ttl: timedelta | None = None) -> None:
        """Set a key, for so long, or for as long as the schema says."""
        full = self._prefix + key
        self._entries.pop(full, None)
        self._entries[full] = (self._now() + (ttl or self._ttl).total_seconds(), to_json(value))
        if len(self._entries) > self._capacity:
            self._shed()

    async def delete(self, key: str) -> None:
        """Forget a key."""
        self._entries.pop(self._prefix + key, None)

    def _shed(self) -> None:
        now = self._now()
        self._entries = {key: entry for key, entry in self._entries.items() if entry[0] > now}
        # Some room at once: going through all of it with every key would take longer than the work.
        while len(self._entries) > self._capacity * 9 // 10:
            del self._entries[next(iter(self._entries))]


Wanted = dict[str, tuple[bytes, timedelta | None] | None]
"""What a turn wants changed, by key: value as JSON and time to live; None to forget it."""


class TurnMemory:
    """Working memory that a turn changes only when it is over, and not at all if it fails.

    Within the turn its own changes are seen. Outside of turns this is the memory itself.
    """

    def __init__(self, memory: WorkingMemory) -> None:
        self._memory = memory
        self._wanted: WeakKeyDictionary[Unit, Wanted] = WeakKeyDictionary()

    async def get(self, key: str) -> Json:
        """Give the value of a key; None if there is none or it has expired."""
        unit = current_unit()
        if unit is not None and key in (wanted := self._wanted.get(unit, {})):
            change = wanted[key]
            value: Json = None if change is None else from_json(change[0])
            return value
        return await self._memory.get(key)

    async def put(self, key: str, value: Json, ttl: timedelta | None = None) -> None:
        """Set a key, for so long, or for as long as the schema says."""
        wanted = self._of_turn()
        if wanted is None:
            await self._memory.put(key, value, ttl)
        else:
            wanted[key] = (to_json(value), ttl)

    async def delete(self, key: str) -> None:
        """Forget a key."""
        wanted = self._of_turn()
        if wanted is None:
            await self._memory.delete(key)
        else:
            wanted[key] = None

    def _of_turn(self) -> Wanted | None:
        unit = current_unit()
        if unit is None:
            return None
        wanted = self._wanted.get(unit)
        if wanted is None:
            wanted = self._wanted[unit] = {}
            unit.after.append(lambda: self._apply(wanted))
        return wanted

    async def _apply(self, wanted: Wanted) -> None:
        for key, change in wanted.items():
            if change is None:
                await self._memory.delete(key)
            else:
                await self._memory.put(key, from_json(change[0]), change[1])
