"""A cache in Redis: many keys in one exchange, and a time to live that the server keeps."""

from collections.abc import Mapping, Sequence
from time import monotonic
from typing import Any

from qpf.api import StoreError, StoreOptions, StoreSize
from qpf_plugins.shared_cache.connection import NO_REDIS, Address, Command, Connection, GoneError
from qpf_plugins.shared_cache.packing import pack, unpack_all

OURS = "qpf:*"
PASSWORD = "REDISCLI_AUTH"  # noqa: S105 -- the name of a variable: that of redis-cli
_KEYS_A_SCAN = 1000


class RedisStore:
    """A store in Redis; each call takes a connection of its own from those that rest."""

    def __init__(self, options: StoreOptions) -> None:
        """Name a server; nothing is connected yet.

        Raises:
            StoreError: If the address is none.
        """
        address = Address.of(options.url)
        if not address.password:
            address = address.asking(options.trust.secret(PASSWORD, address.place))
        self._address = address
        self._ttl = max(1, options.ttl_seconds)
        self._deadline = options.deadline_seconds
        self._resting: list[Connection] = []

    def get(self, keys: Sequence[str]) -> Mapping[str, bytes]:
        """The entries that exist, of those asked for, in one go."""
        if not keys:
            return {}
        (values,) = self._call(("MGET", *keys))
        if not isinstance(values, list) or len(values) != len(keys):
            raise StoreError(NO_REDIS)
        found = zip(keys, values, strict=True)
        return unpack_all({key: value for key, value in found if isinstance(value, bytes)})

    def put(self, entries: Mapping[str, bytes]) -> None:
        """Keep entries for the time to live."""
        self._call(*(("SET", key, pack(blob), "EX", self._ttl) for key, blob in entries.items()))

    def size(self) -> StoreSize:
        """How many entries there are and their size, if they can be counted before the deadline."""
        end = monotonic() + self._deadline
        entries = size = 0
        cursor = b"0"
        while True:
            cursor, keys = _page(self._call(("SCAN", cursor, "MATCH", OURS, "COUNT", _KEYS_A_SCAN)))
            entries += len(keys)
            size += _total(self._call(*(("STRLEN", key) for key in keys)))
            if cursor == b"0":
                return StoreSize(entries, size)
            if monotonic() > end:
                return StoreSize(None, None)

    def close(self) -> None:
        """Close all connections."""
        while self._resting:
            self._resting.pop().close()

    def _call(self, *commands: Command) -> list[Any]:
        try:
            connection, rested = self._resting.pop(), True
        except IndexError:
            connection, rested = Connection(self._address, self._deadline), False
        try:
            replies = connection.call(*commands)
        except GoneError:
            connection.close()
            if not rested:
                raise
            return self._call(*commands)
        except BaseException:
            connection.close()
            raise
        self._resting.append(connection)
        return replies


def _page(replies: list[Any]) -> tuple[bytes, list[bytes]]:
    match replies:
        case [[bytes() as cursor, [*keys]]] if all(isinstance(key, bytes) for key in keys):
            return cursor, keys
    raise StoreError(NO_REDIS)


def _total(replies: list[Any]) -> int:
    if all(isinstance(reply, int) for reply in replies):
        return sum(replies)
    raise StoreError(NO_REDIS)
