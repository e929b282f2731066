"""Working memory in Redis, or a cluster of them: shared by replicas, and there after a restart."""

import asyncio
from collections.abc import Awaitable
from contextlib import suppress
from datetime import timedelta
from typing import Any, TypeVar

from pydantic_core import from_json, to_json
from redis.asyncio import Redis, RedisCluster
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import (
    BusyLoadingError,
    ClusterDownError,
    ClusterError,
    OutOfMemoryError,
    ReadOnlyError,
    RedisError,
    TryAgainError,
)
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

from qpf_runtime.envelope import Json
from qpf_runtime.errors import ConfigurationError, Unavailable

T = TypeVar("T")

LONGEST_WAIT = 2.0
"""Seconds after which a call has failed, whatever it waits for."""

_PASSING = (
    BusyLoadingError,
    ClusterDownError,
    ClusterError,
    OutOfMemoryError,
    ReadOnlyError,
    RedisConnectionError,
    RedisTimeoutError,
    TryAgainError,
    TimeoutError,
    OSError,
)


class RedisMemory:
    """Working memory in Redis: values as JSON, their time to live kept by the server."""

    def __init__(self, url: str, keyspace: str, ttl: timedelta, *, cluster: bool = False) -> None:
        """Name a server; nothing is connected yet.

        Raises:
            ConfigurationError: If the address is none.
        """
        self._prefix = keyspace.removesuffix("*")
        self._ttl = ttl
        waits: dict[str, Any] = dict.fromkeys(("socket_timeout", "socket_connect_timeout"), LONGEST_WAIT / 2)
        # Once more, at once: the server may have closed a connection that nobody used for a while.
        again = Retry(NoBackoff(), 1)
        self._client: Any
        try:
            if cluster:
                self._client = RedisCluster.from_url(url, **waits, retry=again)
            else:
                self._client = Redis.from_url(url, **waits, retry=again)
        except ValueError:
            # What it says may hold the password.
            msg = "REDIS_URL is no address of Redis: redis://[user:password@]host:port/number"
            raise ConfigurationError(msg) from None

    async def get(self, key: str) -> Json:
        """Give the value of a key; None if there is none or it has expired.

        Raises:
            Unavailable: If Redis does not answer.
        """
        found = await self._call(self._client.get(self._prefix + key))
        value: Json = None if found is None else from_json(found)
        return value

    async def put(self, key: str, value: Json, ttl: timedelta | None = None) -> None:
        """Set a key, for so long, or for as long as the schema says.

        Raises:
            Unavailable: If Redis does not answer.
        """
        lives = max(1, round((ttl or self._ttl).total_seconds() * 1000))
        await self._call(self._client.set(self._prefix + key, to_json(value), px=lives))

    async def delete(self, key: str) -> None:
        """Forget a key.

        Raises:
            Unavailable: If Redis does not answer.
        """
        await self._call(self._client.delete(self._prefix + key))

    async def check(self) -> None:
        """Ask whether the server answers.

        Raises:
            Unavailable: If Redis does not answer.
        """
        await self._call(self._client.exists(self._prefix))

    async def close(self) -> None:
        """Close its connections."""
        with suppress(RedisError, OSError):
            await self._client.aclose()

    async def _call(self, command: Awaitable[T]) -> T:
        try:
            async with asyncio.timeout(LONGEST_WAIT):
                return await command
        except _PASSING as error:
            reason = str(error).strip().splitlines()
            msg = f"the working memory (Redis) does not answer: {reason[0] if reason else 'time is up'}"
            raise Unavailable(msg) from error
