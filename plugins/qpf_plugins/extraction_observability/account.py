"""All that a run said, put in order: what traces and figures are made of when it has ended.

Nothing else happens while the compile works: no thread beside it, no request, no encoding.
"""

import time
from collections import Counter
from dataclasses import dataclass, field

from qpf.api import (
    Event,
    ExtractionFinished,
    ExtractionStarted,
    Planned,
    RunFinished,
    RunStarted,
    StageFinished,
)


@dataclass(slots=True)
class Account:
    """A run.

    Attributes:
        begun: How it began; None as long as it has not.
        began_ns: When, in nanoseconds since 1970.
        at: When it last said something.
        stages: Those that ended.
        planned: The plan of each environment.
        kept: How many agents were kept, by environment.
        extracted: Extractions that ended.
        open: When those began that have not ended.
        ended: How it ended; None if it was cut off.
    """

    begun: RunStarted | None = None
    began_ns: int = 0
    at: float = 0.0
    stages: list[StageFinished] = field(default_factory=list)
    planned: dict[str, Planned] = field(default_factory=dict)
    kept: Counter[str] = field(default_factory=Counter)
    extracted: list[ExtractionFinished] = field(default_factory=list)
    open: dict[tuple[str, str], float] = field(default_factory=dict)
    ended: RunFinished | None = None

    def take(self, event: Event) -> None:
        """Take an event; what was said before the run began is nothing."""
        if isinstance(event, RunStarted):
            self.begun = event
            now = time.time_ns()  # noqa: TID251 -- a trace tells the time of day; nothing compiled does
            self.began_ns = now - round(event.at * 1e9)
        elif self.begun is not None:
            self._take(event)

    def _take(self, event: Event) -> None:
        self.at = max(self.at, event.at)
        match event:
            case ExtractionFinished():
                self.open.pop((event.environment, event.agent), None)
                if event.origin == "kept" and not event.error:
                    self.kept[event.environment] += 1
                else:
                    self.extracted.append(event)
            case ExtractionStarted():
                self.open[event.environment, event.agent] = event.at
            case StageFinished():
                self.stages.append(event)
            case Planned():
                self.planned[event.environment] = event
            case RunFinished():
                self.ended = event
            case _:
                pass

    @property
    def environments(self) -> tuple[str, ...]:
        """Their names, in order, and those that were only spoken of."""
        named = self.begun.environments if self.begun is not None else ()
        staged = (each.environment for each in self.stages if each.environment)
        extracted = (each.environment for each in self.extracted)
        return tuple(dict.fromkeys((*named, *self.planned, *self.kept, *staged, *extracted)))

    @property
    def succeeded(self) -> bool:
        """Whether it ended without an error."""
        return self.ended is not None and self.ended.succeeded

    @property
    def seconds(self) -> float:
        """How long it took; up to its last word, if it was cut off."""
        return self.at if self.ended is None else self.ended.seconds


class Listener:
    """Takes notes of a run, and has an account of it when it has ended."""

    def __init__(self) -> None:
        self._account = Account()

    def __call__(self, event: Event) -> None:
        """Take an event."""
        self._account.take(event)

    def closed(self) -> Account:
        """The account; what comes afterwards is another's."""
        account, self._account = self._account, Account()
        return account
