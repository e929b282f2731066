"""The sink: a thread posts the newest reports now and then, and the compile never waits for it."""

import threading
from collections.abc import Sequence
from time import monotonic

from qpf.api import Event, RunFinished, canonical
from qpf_plugins.progress_report.post import Poster, Refusal
from qpf_plugins.progress_report.reports import Key, Reports
from qpf_plugins.progress_report.settings import Settings
from qpf_plugins.progress_report.target import Target
from qpf_plugins.progress_report.waiting import Waiting

VERSION = 1
ROOM = 100_000
MOST_A_POST = 1000
"""Reports; about 250 KB, and servers often take no more than a megabyte."""

STEP_SECONDS = 5.0
FIRST_PAUSE = 0.25
LONGEST_PAUSE = 8.0
"""Seconds: for a step of a POST; between attempts, doubled with each that fails."""


class Webhook:
    """Follows one run."""

    def __init__(self, target: Target, settings: Settings) -> None:
        self._target = target
        self._settings = settings
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        # All below is touched with the lock held.
        self._reports = Reports()
        self._waiting = Waiting(ROOM)
        self._began = 0.0
        self._not_before = 0.0
        self._failures = 0
        self._refusal: Refusal | None = None
        self._end_is_due = False
        self._deadline: float | None = None

    def __call__(self, event: Event) -> None:
        """Note what is new; the thread is woken at the start and at the end only."""
        with self._changed:
            self._began = monotonic() - event.at
            self._waiting.add(self._reports.take(event))
            if isinstance(event, RunFinished):
                self._end()
            elif self._thread is None and len(self._waiting):
                self._wake()

    def close(self) -> str:
        """Give the last reports as long as the deadline."""
        with self._changed:
            if self._reports.status == "in_progress":  # nobody said how the run ended: it was stopped
                self._waiting.add(self._reports.end(succeeded=False))
                self._end()
            thread = self._thread
            if thread is None:
                return ""
            self._deadline = monotonic() + self._settings.deadline_seconds
            self._failures, self._not_before = 0, 0.0
            self._wake()
        thread.join(self._settings.deadline_seconds)
        with self._changed:
            return self._undelivered()

    def _end(self) -> None:
        self._end_is_due = True
        if not self._failures:
            self._not_before = 0.0
        self._wake()

    def _wake(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="qpf-progress-report", daemon=True)
            self._thread.start()
        self._changed.notify_all()

    def _work(self) -> None:
        poster = Poster(self._target)
        while (keys := self._departure()) is not None:
            self._deliver(poster, keys)

    def _departure(self) -> Sequence[Key] | None:
        """Wait until it is time, and something is to be said; nothing when no more is to come."""
        with self._changed:
            while not self._over():
                wait = self._not_before - monotonic()
                if wait > 0:
                    self._changed.wait(min(wait, self._time_left()))
                    continue
                self._waiting.add(self._reports.running)
                if len(self._waiting) or self._end_is_due:
                    return self._waiting.depart()
                self._not_before = monotonic() + self._settings.update_frequency_seconds
            return None

    def _over(self) -> bool:
        if self._refusal and self._refusal.lasting:
            return True
        nothing = not len(self._waiting) and not self._end_is_due
        return self._deadline is not None and (nothing or self._time_left() <= 0)

    def _time_left(self) -> float:
        return threading.TIMEOUT_MAX if self._deadline is None else self._deadline - monotonic()

    def _deliver(self, poster: Poster, keys: Sequence[Key]) -> None:
        """Post reports, in as many parts as needed, up to the first that is refused."""
        for first in range(0, max(len(keys), 1), MOST_A_POST):
            part = keys[first : first + MOST_A_POST]
            with self._changed:
                document = self._document(part)
                seconds = min(STEP_SECONDS, self._time_left())
            refusal = poster.post(canonical(document), seconds) if seconds > 0 else self._refusal or LATE
            with self._changed:
                self._refusal = refusal
                if refusal:
                    self._refused()
                    return
                self._waiting.delivered(part)
        with self._changed:
            self._failures = 0
            if document["status"] != "in_progress" and not len(self._waiting):
                self._end_is_due = False
            if not self._end_is_due:  # the end does not wait, nor does what came in while this was posted
                self._not_before = monotonic() + self._settings.update_frequency_seconds

    def _refused(self) -> None:
        self._waiting.returned()
        pause = min(FIRST_PAUSE * 2**self._failures, LONGEST_PAUSE)
        self._failures += 1
        self._not_before = monotonic() + pause

    def _document(self, keys: Sequence[Key]) -> dict[str, object]:
        now = monotonic() - self._began
        fleet = {"fleet": self._settings.fleet} if self._settings.fleet else {}
        return {
            "version": VERSION,
            **fleet,
            "extraction_id": self._reports.run,
            "status": self._reports.status,
            "progress_percent": self._reports.percent(),
            "reports": [self._reports.report(key, now) for key in keys],
        }

    def _undelivered(self) -> str:
        count = self._waiting.undelivered
        if not count and not self._end_is_due:
            return ""
        what = f"{count} progress report{'' if count == 1 else 's'}" if count else "the end of the compile"
        why = (self._refusal or LATE).why
        return f"{what} could not be delivered to {self._target.shown}: {why}"


LATE = Refusal("it did not answer in time")
