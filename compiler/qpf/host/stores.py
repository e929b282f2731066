"""A plugin's cache behind a guard: opened when it is first needed, and at worst one sentence of trouble.

Whatever a plugin raises or hands over, its callers see entries or a `StoreError` that names the plugin, and
nothing of the address that may be a secret.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from threading import Lock
from typing import TypeVar

from qpf.host import crash
from qpf.host.address import masked
from qpf.host.plugin import Registered
from qpf.host.shape import kind_of
from qpf.model.cache import Cache, Store, StoreError, StoreOptions, StoreSize

T = TypeVar("T")

_log = logging.getLogger(__name__)


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
            said = str(error)
        except BaseException as error:  # noqa: BLE001  # a plugin may raise anything, SystemExit included
            _log.debug("cache of plugin %s crashed", self._entry.plugin, exc_info=error)
            said = f"plugin `{self._entry.plugin}` crashed: {crash.cause(error)}"
        raise StoreError(masked(said, self._options.url) + self._options.trust.said)

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
