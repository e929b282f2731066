"""The newest report of every agent of a run, and how far the run is."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal, TypeAlias

from qpf.api import Event, ExtractionFinished, ExtractionStarted, Planned, RunFinished, RunStarted

Status: TypeAlias = Literal["pending", "in_progress", "success", "failed"]
Key: TypeAlias = tuple[str, str]
"""An environment and an agent of it."""

WHOLE = 100
STOPPED = "not extracted: the compile ended before"


@dataclass(slots=True)
class Agent:
    """What is known of the extraction of an agent."""

    estimate: float = 0.0
    status: Status = "pending"
    began: float = 0.0
    percent: int = 0
    files: int = 0
    tests: int = 0
    error: str = ""

    @property
    def ended(self) -> bool:
        """Whether nothing more is to come."""
        return self.status in ("success", "failed")

    def progress(self, now: float) -> int:
        """How far it is: while it goes on, by the time it is estimated to take. It never falls."""
        if self.status == "in_progress" and self.estimate > 0:
            share = min(WHOLE * (now - self.began) / self.estimate, WHOLE - 1)
            self.percent = max(self.percent, int(share))
        return self.percent


class Reports:
    """Takes the events of a run, and says what there is to report.

    Attributes:
        run: The run's id; empty before it begins.
        status: Of the run as a whole.
    """

    def __init__(self) -> None:
        self.run = ""
        self.status: Status = "pending"
        self._agents: dict[Key, Agent] = {}
        self._running: dict[Key, None] = {}
        self._planned: dict[str, int] = {}
        self._ended: dict[str, int] = {}
        self._percent = 0

    @property
    def running(self) -> Collection[Key]:
        """Those whose extraction goes on."""
        return self._running

    def take(self, event: Event) -> Collection[Key]:
        """Take an event; those of whom there is something new to report."""
        match event:
            case ExtractionFinished():
                return self._finished(event)
            case ExtractionStarted():
                return self._started(event)
            case Planned():
                new = {name: seconds for name, seconds in event.agents.items()
                       if (event.environment, name) not in self._agents}  # fmt: skip
                return [self._added((event.environment, name), seconds) for name, seconds in new.items()]
            case RunStarted():
                self.run, self.status = event.run, "in_progress"
                for name in event.environments:
                    self._planned.setdefault(name, 0)
            case RunFinished():
                return self.end(succeeded=event.succeeded)
            case _:
                pass
        return ()

    def end(self, *, succeeded: bool) -> Collection[Key]:
        """End the run. Where it did not succeed, what has not ended never will."""
        self.status = "success" if succeeded else "failed"
        self._running.clear()
        if succeeded:
            return ()
        stopped = {key: agent for key, agent in self._agents.items() if not agent.ended}
        for agent in stopped.values():
            agent.status, agent.error = "failed", STOPPED
        return stopped

    def percent(self) -> int:
        """How much of the run is done, each environment an equal part of it. It never falls."""
        if self.status == "success":
            self._percent = WHOLE
        elif self._planned:
            parts = [self._ended.get(name, 0) / total for name, total in self._planned.items() if total]
            share = int(WHOLE * sum(parts) / len(self._planned))
            self._percent = max(self._percent, min(share, WHOLE - 1))
        return self._percent

    def report(self, key: Key, now: float) -> dict[str, object]:
        """What there is to say of an agent, so many seconds after the run began."""
        agent = self._agents[key]
        return {
            "extraction_id": self.run,
            "environment": key[0],
            "agent_name": key[1],
            "status": agent.status,
            "progress_percent": agent.progress(now),
            "files_generated_count": agent.files,
            "tests_generated_count": agent.tests,
            "error_message": agent.error,
        }

    def _added(self, key: Key, estimate: float = 0.0) -> Key:
        self._agents[key] = Agent(estimate)
        self._planned[key[0]] = self._planned.get(key[0], 0) + 1
        return key

    def _agent(self, key: Key) -> Agent:
        if key not in self._agents:
            self._added(key)
        return self._agents[key]

    def _started(self, event: ExtractionStarted) -> Collection[Key]:
        key = (event.environment, event.agent)
        agent = self._agent(key)
        if agent.ended:
            return ()
        agent.status, agent.began = "in_progress", event.at
        self._running[key] = None
        return (key,)

    def _finished(self, event: ExtractionFinished) -> Collection[Key]:
        key = (event.environment, event.agent)
        agent = self._agent(key)
        if not agent.ended:
            self._ended[event.environment] = self._ended.get(event.environment, 0) + 1
        self._running.pop(key, None)
        agent.progress(event.at)
        agent.status = "failed" if event.error else "success"
        agent.percent = agent.percent if event.error else WHOLE
        agent.files, agent.tests = event.files, event.tests
        agent.error = event.error.encode(errors="replace").decode()  # a file's name may not be text
        return (key,)
