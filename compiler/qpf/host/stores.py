"""A plugin's cache behind a guard: opened when it is first needed, and at worst one sentence of trouble.

Whatever a plugin raises or hands over, its callers see entries or a `StoreError` that names the plugin, and
nothing of the address that may be a secret.
"""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from threading import Lock
from typing import TypeVar
from urllib.parse import parse_qsl, unquote, urlsplit

from qpf.host import crash
from qpf.host.plugin import Registered
from qpf.host.shape import kind_of
from qpf.model.cache import Cache, Store, StoreError, StoreOptions, StoreSize

T = TypeVar("T")

_log = logging.getLogger(__name__)


def cache_for(caches: Iterable[Registered[Cache]], url: str) -> Registered[Cache] | None:
    """The kind of cache that an address is of, if a plugin knows it."""
    scheme = url.partition("://")[0].lower()
    return next((entry for entry in caches if entry.value.scheme == scheme), None)


class GuardedStore:
    """A store of a plugin."""

    def __init__(self, entry: Registered[Cache], options: StoreOptions) -> None:
        """Name a store; it is opened by whoever asks it first, in their thread."""
        self._entry = entry
        self._options = options
        self._opening = Lock()
        self._store: Store | None = None

    def get(self, keys: Sequence[str]) -> Mapping[str, bytes]:
        """The entries that exist, of those asked for."""
        return self._guarded(lambda: self._checked(keys, self._opened().get(keys)))

    def put(self, entries: Mapping[str, bytes]) -> None:
        """Keep entries."""
        self._guarded(lambda: self._opened().put(entries))

    def size(self) -> StoreSize:
        """How much of ours it holds."""
        return self._guarded(lambda: self._sized(self._opened().size()))

    def close(self) -> None:
        """Let go of it, if it was opened."""
        store = self._store
        if store is not None:
            self._guarded(store.close)

    def _opened(self) -> Store:
        with self._opening:
            if self._store is None:
                self._store = self._entry.value.open(self._options)
            return self._store

    def _guarded(self, call: Callable[[], T]) -> T:
        try:
            return call()
        except KeyboardInterrupt:
            raise
        except StoreError as error:
            said = " ".join(str(error).split())
        except BaseException as error:  # noqa: BLE001  # a plugin may raise anything, SystemExit included
            _log.debug("cache %s of plugin %s crashed", self._entry.value.scheme, self._entry.plugin)
            said = f"plugin `{self._entry.plugin}` crashed: {crash.cause(error)}"
        raise StoreError(self._masked(said))

    def _checked(self, keys: Sequence[str], found: object) -> Mapping[str, bytes]:
        if not isinstance(found, Mapping):
            raise StoreError(self._handed_over(found))
        entries: dict[str, bytes] = {}
        for key in keys:
            if key in found:
                content = found[key]
                if type(content) is not bytes:
                    raise StoreError(self._handed_over(content))
                entries[key] = content
        return entries

    def _sized(self, size: object) -> StoreSize:
        if type(size) is StoreSize:
            return size
        raise StoreError(self._handed_over(size))

    def _handed_over(self, what: object) -> str:
        return f"plugin `{self._entry.plugin}` handed over {kind_of(what)}, which is no entry"

    def _masked(self, text: str) -> str:
        for secret in sorted(_secrets(self._options.url), key=len, reverse=True):
            text = text.replace(secret, "***")
        return text


def _secrets(url: str) -> set[str]:
    """What must not be repeated: the address, what stands before its `@`, and what stands behind its `?`."""
    found = {url}
    try:
        parts = urlsplit(url)
        found |= {parts.username or "", parts.password or ""}
        found |= {value for _, value in parse_qsl(parts.query)}
    except ValueError:
        pass
    return {each for secret in found for each in (secret, unquote(secret)) if each}
