"""Where a compile stands: what its events add up to."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from qpf.model.event import (
    AgentChecked,
    Event,
    ExtractionFinished,
    ExtractionStarted,
    Origin,
    Planned,
    RunFinished,
    RunStarted,
    StageFinished,
)

ORIGINS: tuple[Origin, ...] = ("kept", "local", "remote", "built")


@dataclass(slots=True)
class Tally:
    """Everything that a display needs to know of a run; counted in place, for events come in thousands.

    Attributes:
        at: When the last event was said.
        stage: What is being done.
        agent: The one that was begun last, or checked; of those that are kept, the last one.
        ended: How many environments each stage is done for.
        environments: How many take part.
        jobs: How many processes may work at a time.
        estimates: Estimated seconds of each extraction, by environment and agent.
        checked: How many agents of an environment are validated.
        to_check: How many have to be.
        planned_at: When the first environment was planned.
        total: How many extractions are planned.
        done: How many of them have ended.
        failed: How many of those failed.
        origins: How many came from where, failures left out.
        known_left: Estimated seconds of those that have not ended.
        unknown_left: How many have not ended and never were measured.
        finished: How the run ended; nothing while it goes on.
    """

    at: float = 0.0
    stage: str = "check"
    agent: str = ""
    ended: Counter[str] = field(default_factory=Counter)
    environments: int = 0
    jobs: int = 1
    estimates: dict[str, Mapping[str, float]] = field(default_factory=dict)
    checked: int = 0
    to_check: int = 0
    planned_at: float = 0.0
    total: int = 0
    done: int = 0
    failed: int = 0
    origins: dict[Origin, int] = field(default_factory=lambda: dict.fromkeys(ORIGINS, 0))
    known_left: float = 0.0
    unknown_left: int = 0
    finished: RunFinished | None = None

    @property
    def left(self) -> float | None:
        """About how many seconds extractions still take; nothing where that cannot be known yet.

        Estimates are used where there are any; the others are taken to go on at the pace so far.
        """
        if len(self.estimates) < self.environments or self.done >= self.total:
            return None
        if not self.unknown_left:
            return self.known_left / self.jobs
        if not self.done:
            return None
        pace = (self.at - self.planned_at) / self.done
        return self.known_left / self.jobs + self.unknown_left * pace

    @property
    def checking(self) -> bool:
        """Whether agents are being validated."""
        return self.stage == "check" and self.to_check > 0

    @property
    def part(self) -> tuple[int, int]:
        """How many agents are done with, and of how many, in what is being done."""
        return (self.checked, self.to_check) if self.checking else (self.done, self.total)

    def count(self, event: Event) -> None:
        """Count one more event."""
        self.at = event.at
        match event:
            case ExtractionFinished():
                self._extracted(event)
            case ExtractionStarted():
                self.stage = "extract"
                self.agent = event.agent
            case AgentChecked():
                self.stage = "check"
                self.agent = event.agent
                self.checked, self.to_check = event.done, event.total
            case StageFinished():
                self._stage_ended(event.stage)
            case Planned():
                self._planned(event)
            case RunStarted():
                self.environments = len(event.environments)
                self.jobs = max(event.jobs, 1)
            case RunFinished():
                self.finished = event

    def _stage_ended(self, stage: str) -> None:
        """All environments are checked first; then each is planned and extracted."""
        self.ended[stage] += 1
        more = self.ended[stage] < self.environments
        following = {
            "check": "check" if more else "plan",
            "plan": "extract",
            "extract": "plan" if more else "publish",
        }
        self.stage = following.get(stage, stage)

    def _planned(self, event: Planned) -> None:
        if not self.estimates:
            self.planned_at = event.at
            self.agent = ""
        self.estimates[event.environment] = event.agents
        self.total += len(event.agents)
        self.known_left += sum(event.agents.values())
        self.unknown_left += sum(not seconds for seconds in event.agents.values())

    def _extracted(self, event: ExtractionFinished) -> None:
        self.stage = "extract"
        if event.origin == "kept":
            self.agent = event.agent
        self.done += 1
        self.total = max(self.total, self.done)
        if event.error:
            self.failed += 1
        else:
            self.origins[event.origin] += 1
        estimate = self.estimates.get(event.environment, {}).get(event.agent, 0.0)
        if estimate:
            self.known_left = max(self.known_left - estimate, 0.0)
        else:
            self.unknown_left = max(self.unknown_left - 1, 0)
