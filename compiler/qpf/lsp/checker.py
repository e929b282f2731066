"""When a fleet is looked at: a moment after the last edit, in a thread, and not to the end if edits go on."""

import asyncio
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from queue import SimpleQueue
from threading import Thread

from qpf.host.workspace import Workspace
from qpf.lsp.desk import Desk, StaleError
from qpf.lsp.diagnostics import ByFile

PAUSE = 0.15
"""Seconds without an edit after which a fleet is looked at."""


LEAVE = 5.0
"""Seconds after which a pass hangs, and a process ends without its thread."""


class Worker:
    """One thread that does what it is given, in order; it keeps no process from ending."""

    def __init__(self) -> None:
        self._jobs: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._thread = Thread(target=self._work, name="qpf", daemon=True)
        self._thread.start()

    def submit(self, job: Callable[[], None]) -> None:
        """Have something done that does not raise."""
        self._jobs.put(job)

    def end(self, patience: float = LEAVE) -> bool:
        """Wait for the thread: one that Python has to end may abort the process, in code that is no Python.

        Args:
            patience: Seconds that what is being done may take.

        Returns:
            Whether it ended.
        """
        self._jobs.put(None)
        self._thread.join(patience)
        return not self._thread.is_alive()

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            job()


@dataclass
class Checker:
    """Looks at one fleet whenever it changes.

    Attributes:
        desk: The fleet.
        loop: Runs what talks to the editor.
        today: The date, for what expires.
        publish: Told what was found in a file.
        log: Told what went wrong with us.
        submit: Has fleets looked at, one after the other.
        ready: Set once something is known of the fleet.
    """

    desk: Desk
    loop: asyncio.AbstractEventLoop
    today: Callable[[], str]
    publish: Callable[[Desk, str, ByFile], None]
    log: Callable[[str], None]
    submit: Callable[[Callable[[], None]], None]
    ready: asyncio.Event = field(default_factory=asyncio.Event)
    _edited: set[str] = field(default_factory=set)
    _timer: asyncio.TimerHandle | None = None

    def edited(self, path: str = "", *, pause: float = PAUSE) -> None:
        """Something is different from now on: look again, soon."""
        self.desk.round += 1
        if path:
            self._edited.add(path)
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self.loop.call_later(pause, self._begin)

    def is_current(self, path: str) -> bool:
        """Whether what is shown of a file is about the text that the editor holds."""
        return path not in self._edited

    def stop(self) -> None:
        """Look no more."""
        self.desk.round += 1
        if self._timer is not None:
            self._timer.cancel()

    def _begin(self) -> None:
        desk, started = self.desk, self.desk.round
        texts, today = dict(desk.texts), self.today()

        def still() -> None:
            if desk.round != started:
                raise StaleError

        def look() -> None:
            try:
                found = desk.judge(texts, today, still)
            except StaleError:
                return
            except Exception:  # noqa: BLE001  # a fault of ours or of a plugin: the editor is told, and lives on
                self.loop.call_soon_threadsafe(self._failed, traceback.format_exc())
            else:
                self.loop.call_soon_threadsafe(self._told, started, *found)

        self.submit(look)

    def _told(self, started: int, workspace: Workspace, found: ByFile) -> None:
        """Publish what differs from what was published, unless it is of yesterday."""
        desk = self.desk
        if desk.round != started:
            return
        desk.understood(workspace)
        self.ready.set()
        self._edited.clear()
        for path in sorted({*found, *desk.shown}):
            self.show(path, found)

    def show(self, path: str, found: ByFile) -> None:
        """Publish what was found in a file, if that is not what the editor shows already."""
        now = found.get(path, ())
        if now == self.desk.shown.get(path, ()):
            return
        self.publish(self.desk, path, found)
        if now:
            self.desk.shown[path] = now
        else:
            self.desk.shown.pop(path, None)

    def _failed(self, told: str) -> None:
        self.log(told)
        self.ready.set()
