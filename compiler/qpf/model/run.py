"""What is remembered of compiles and of judged outputs: the rows of the run history, as values."""

from collections.abc import Mapping

from msgspec import Struct


class HistoryError(Exception):
    """The history cannot be used; the message is one sentence."""


class Tally(Struct, frozen=True, kw_only=True):
    """What a run did in one environment.

    Attributes:
        kept: Agents whose files lay there already.
        local: Agents taken from the local cache.
        remote: Agents taken from a shared cache.
        built: Agents extracted anew.
        failed: Agents whose extraction failed.
        busy_seconds: Wall seconds of all extractions, one after the other.
        built_seconds: The part of them in which agents were built.
        cpu_seconds: Processor time of all extractions.
        memory_bytes: The most that any process had.
        files: Files generated: those of the built agents.
        tests: Those of them that are tests.
        lines: Lines of Python generated.
    """

    kept: int = 0
    local: int = 0
    remote: int = 0
    built: int = 0
    failed: int = 0
    busy_seconds: float = 0.0
    built_seconds: float = 0.0
    cpu_seconds: float = 0.0
    memory_bytes: int = 0
    files: int = 0
    tests: int = 0
    lines: int = 0

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(
            kept=self.kept + other.kept,
            local=self.local + other.local,
            remote=self.remote + other.remote,
            built=self.built + other.built,
            failed=self.failed + other.failed,
            busy_seconds=self.busy_seconds + other.busy_seconds,
            built_seconds=self.built_seconds + other.built_seconds,
            cpu_seconds=self.cpu_seconds + other.cpu_seconds,
            memory_bytes=max(self.memory_bytes, other.memory_bytes),
            files=self.files + other.files,
            tests=self.tests + other.tests,
            lines=self.lines + other.lines,
        )

    @property
    def hits(self) -> int:
        """Agents that did not have to be extracted."""
        return self.kept + self.local + self.remote


class Run(Struct, frozen=True, kw_only=True):
    """A compile that was recorded.

    Attributes:
        run: Its id.
        started: When it began, in seconds since 1970.
        seconds: How long it took; up to its last word, if it was cut off.
        jobs: How many processes could work at a time.
        finished: Whether it came to its end.
        succeeded: Whether it found no error.
        written: Files written, over all environments.
        removed: Files removed.
        unchanged: Files left as they were.
        tallies: What it did, by environment.
        stages: Wall seconds by environment (empty: the fleet) and stage.
    """

    run: str
    started: float
    seconds: float
    jobs: int
    finished: bool
    succeeded: bool
    written: int = 0
    removed: int = 0
    unchanged: int = 0
    tallies: Mapping[str, Tally]
    stages: Mapping[tuple[str, str], float]


class Builds(Struct, frozen=True, kw_only=True):
    """The last extractions of an agent that were made anew, at most twenty.

    Attributes:
        seconds: How long each took, the last one last.
        cpu_seconds: Processor time of the last one.
        memory_bytes: The most its process had.
        files: Files of the last one.
        lines: Lines of Python of the last one.
        last: When the run of the last one began, in seconds since 1970.
    """

    environment: str
    agent: str
    seconds: tuple[float, ...]
    cpu_seconds: float
    memory_bytes: int
    files: int
    lines: int
    last: float


class Judged(Struct, frozen=True, kw_only=True):
    """A measurement that `qpf test` made.

    Attributes:
        test: Which run of `qpf test`; a later one has a higher number.
        agent: Whom it is about; empty for the whole environment.
        value: What was measured, where that is a number.
        unit: `%`, or nothing.
        threshold: What it is held against, in the gate's words.
    """

    test: int
    environment: str
    gate: str
    agent: str
    name: str
    value: float | None
    unit: str
    threshold: str
    passed: bool


class Dependencies(Struct, frozen=True):
    """The agents of an environment as they were last planned, dependencies first, with what each needs."""

    environment: str
    agents: Mapping[str, tuple[str, ...]]


class Recorded(Struct, frozen=True, kw_only=True):
    """What the history tells.

    Attributes:
        count: How many runs it knows.
        runs: The last of them, the newest last.
        builds: The last builds of every agent in every environment.
        judged: What `qpf test` measured, the newest last.
        dependencies: The last plan of each environment.
    """

    count: int = 0
    runs: tuple[Run, ...] = ()
    builds: tuple[Builds, ...] = ()
    judged: tuple[Judged, ...] = ()
    dependencies: tuple[Dependencies, ...] = ()
