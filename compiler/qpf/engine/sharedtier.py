"""A cache that others share, held at arm's length: it may refuse, fail or hang, and the compile goes on.

Every call to the store runs in a daemon thread, and whoever waits for it waits no longer than the deadline.
A store that failed once, or was too slow once, is lost: nobody asks it again in this run.

A process that is forked has none of the threads, and connections that are its parent's: it asks nobody.
"""

import os
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from queue import Empty, Full, Queue
from threading import Condition, Thread
from time import monotonic

from qpf.model.cache import Store, StoreError

MOST_WAITING = 32 * 1024 * 1024
"""How many bytes may wait to be sent; what is more is read again from the local cache, or dropped."""

_KEYS_A_CALL = 128
_SENT_AT_ONCE = 4 * 1024 * 1024

Load = Callable[[Sequence[str]], Mapping[str, bytes]]
"""Gives entries of the local cache."""


class SharedTier:
    """One shared store; `get` is for one thread, and what is put is sent by another."""

    def __init__(self, store: Store, deadline: float, load: Load | None = None) -> None:
        """Hold a store; nothing is asked of it yet.

        Args:
            store: The store; its `get` and `put` may be called at the same time.
            deadline: How many seconds a call may take.
            load: Where entries are that did not fit among those that wait.
        """
        self._store = store
        self._deadline = deadline
        self._load = load
        self._changed = Condition()
        self._waiting: deque[tuple[str, bytes | None]] = deque()
        self._bytes = 0
        self._sender: Thread | None = None
        self._hangs = False
        self._process = os.getpid()
        self.lost = ""
        """Why it is asked no more; empty while it is."""
        self.offered = 0
        """How many entries it was to take."""
        self.sent = 0
        """How many it took."""
        self.mislaid = 0
        """How many it was to take from the local cache, and were not there."""

    def get(self, keys: Sequence[str]) -> Iterator[Mapping[str, bytes]]:
        """What it has, as it comes, until the deadline."""
        if self.lost or not keys or self._is_forked:
            return
        arrived: Queue[Mapping[str, bytes] | StoreError | None] = Queue(maxsize=1)
        Thread(target=self._fetch, args=(keys, arrived), daemon=True).start()
        end = monotonic() + self._deadline
        while True:
            try:
                got = arrived.get(timeout=max(0.0, end - monotonic()))
            except Empty:
                self._lose(f"did not answer within {self._deadline:g} s", hangs=True)
                return
            if isinstance(got, StoreError):
                self._lose(f"cannot be used: {got}")
                return
            if got is None:
                return
            yield got

    def put(self, entries: Mapping[str, bytes]) -> None:
        """Let entries be sent by and by; returns at once."""
        if self._is_forked:
            return
        with self._changed:
            self.offered += len(entries)
            if self.lost:
                return
            for key, blob in entries.items():
                if self._bytes + len(blob) <= MOST_WAITING:
                    self._waiting.append((key, blob))
                    self._bytes += len(blob)
                elif self._load is not None:
                    self._waiting.append((key, None))
            self._begin()

    def offer(self, key: str) -> None:
        """Let an entry be sent that the local cache has; returns at once."""
        if self._is_forked:
            return
        with self._changed:
            self.offered += 1
            if not self.lost and self._load is not None:
                self._waiting.append((key, None))
                self._begin()

    def close(self, end: float) -> None:
        """Wait until all is sent, or until a moment of `monotonic`; then let go of the store."""
        with self._changed:
            self._changed.wait_for(lambda: self._sender is None or self._hangs, max(0.0, end - monotonic()))
            slow = self._sender is not None
        if slow:
            self._lose("is too slow", hangs=True)
        closing = Thread(target=self._let_go, daemon=True)
        closing.start()
        if not self._hangs:
            closing.join(max(0.0, end - monotonic()))

    @property
    def _is_forked(self) -> bool:
        return os.getpid() != self._process

    def _begin(self) -> None:
        if self._sender is None:
            self._sender = Thread(target=self._send, daemon=True)
            self._sender.start()

    def _fetch(self, keys: Sequence[str], arrived: "Queue[Mapping[str, bytes] | StoreError | None]") -> None:
        """Fetch no faster than somebody takes, who takes nothing after the deadline."""
        try:
            for start in range(0, len(keys), _KEYS_A_CALL):
                if self.lost:
                    return
                arrived.put(self._store.get(keys[start : start + _KEYS_A_CALL]), timeout=self._deadline)
            arrived.put(None, timeout=self._deadline)
        except Full:
            return
        except BaseException as error:  # noqa: BLE001  # whatever it is, somebody waits for the answer
            with suppress(Full):
                arrived.put(_as_store_error(error), timeout=self._deadline)

    def _send(self) -> None:
        """Send what waits; ends when nothing does, and is started again when something does."""
        while True:
            with self._changed:
                batch = self._next() if not self.lost else {}
                if not batch:
                    self._sender = None
                    self._changed.notify_all()
                    return
            try:
                ready = self._filled(batch)
                self._store.put(ready)
            except BaseException as error:  # noqa: BLE001  # a thread has nobody to raise to
                self._lose(f"cannot be used: {_as_store_error(error)}")
            else:
                self.sent += len(ready)
                self.mislaid += len(batch) - len(ready)

    def _next(self) -> dict[str, bytes | None]:
        batch: dict[str, bytes | None] = {}
        size = 0
        while self._waiting and size < _SENT_AT_ONCE and len(batch) < _KEYS_A_CALL:
            key, blob = self._waiting.popleft()
            batch[key] = blob
            if blob is not None:
                size += len(blob)
                self._bytes -= len(blob)
        return batch

    def _filled(self, batch: Mapping[str, bytes | None]) -> dict[str, bytes]:
        ready = {key: blob for key, blob in batch.items() if blob is not None}
        if self._load is not None and len(ready) < len(batch):
            ready.update(self._load([key for key in batch if key not in ready]))
        return ready

    def _let_go(self) -> None:
        try:
            self._store.close()
        except BaseException as error:  # noqa: BLE001  # as above; what it took it has
            self._lose(f"cannot be closed: {_as_store_error(error)}")

    def _lose(self, why: str, *, hangs: bool = False) -> None:
        with self._changed:
            self.lost = self.lost or why
            self._hangs = self._hangs or hangs
            self._waiting.clear()
            self._bytes = 0


def _as_store_error(error: BaseException) -> StoreError:
    return error if isinstance(error, StoreError) else StoreError(type(error).__name__)
