"""Stores in this process: one that works, one that fails, one that hangs until it is let go on."""

import threading

from qpf.engine.entry import seal
from qpf.model.cache import StoreSize

SOON = 0.5
LONG = 60.0
GOES_ON = "; this run goes on without it"


class Shelf:
    """A store in this process."""

    def __init__(self):
        self.entries = {}
        self.asked = []
        self.took = threading.Condition()
        self.closed = False

    def get(self, keys):
        self.asked.append(list(keys))
        return {key: self.entries[key] for key in keys if key in self.entries}

    def put(self, entries):
        with self.took:
            self.entries.update(entries)
            self.took.notify_all()

    def size(self):
        return StoreSize(len(self.entries), None)

    def close(self):
        self.closed = True


class Broken(Shelf):
    def __init__(self, error):
        super().__init__()
        self.error = error

    def get(self, keys):
        self.asked.append(list(keys))
        raise self.error

    def put(self, entries):
        raise self.error


class Hanging(Shelf):
    """Hangs in the calls named, until the test lets it go on."""

    def __init__(self, *calls):
        super().__init__()
        self.calls = calls
        self.reached = threading.Event()
        self.released = threading.Event()

    def _perhaps(self, call):
        if call in self.calls:
            self.reached.set()
            self.released.wait(LONG)

    def get(self, keys):
        if self.asked:
            self._perhaps("second get")
        self._perhaps("get")
        return super().get(keys)

    def put(self, entries):
        self._perhaps("put")
        super().put(entries)

    def close(self):
        self._perhaps("close")
        super().close()


def sealed(*keys, secret=None):
    return {key: seal(key, key.encode(), secret) for key in keys}


def unsent(left, total):
    return f", and {left} of {total} new entries were not kept there"


def payloads(found):
    return {key: payload for key, (payload, _) in found.items()}


def origins(found):
    return {key: origin for key, (_, origin) in found.items()}
