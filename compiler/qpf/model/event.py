"""What a compile says while it works: one frozen value a step, for progress, reports, history and traces.

Nothing that is compiled depends on an event, so events may hold clocks. All times are seconds; `at` counts
from the beginning of the run. Events of one run come in the order of `at`, from one thread.
"""

from collections.abc import Callable, Mapping
from typing import Literal, Protocol, TypeAlias

from msgspec import Struct, field

from qpf.model.trust import Trust

Origin: TypeAlias = Literal["kept", "local", "remote", "built"]
"""Where an extraction's files come from: they lie there already; from the local cache; from a shared one;
or they were made anew."""


class RunStarted(Struct, frozen=True, kw_only=True):
    """A compile has begun.

    Attributes:
        run: Its id, unique; also the guide's `extraction_id`.
        environments: Their names, in order.
        jobs: How many processes may work at a time.
    """

    at: float = 0.0
    run: str
    environments: tuple[str, ...]
    jobs: int


class StageFinished(Struct, frozen=True, kw_only=True):
    """A stage is done, for the whole fleet or for one environment.

    Attributes:
        stage: `check`, `plan`, `extract`, `publish`; of `qpf test`, `gates`.
        environment: Empty where the stage is about the fleet.
        seconds: How long it took.
    """

    at: float
    stage: str
    environment: str = ""
    seconds: float


class AgentChecked(Struct, frozen=True, kw_only=True):
    """An agent has been validated in an environment; not said of those that are known to be as they were.

    Attributes:
        done: How many have been by now.
        total: How many have to be.
    """

    at: float
    environment: str
    agent: str
    done: int
    total: int


class Planned(Struct, frozen=True, kw_only=True):
    """It is known what has to be extracted in an environment.

    Attributes:
        agents: Every extraction, dependencies first, with its estimated seconds from history (0: unknown).
        dependencies: The agents each needs, by name.
    """

    at: float
    environment: str
    agents: Mapping[str, float]
    dependencies: Mapping[str, tuple[str, ...]] = {}


class ExtractionStarted(Struct, frozen=True, kw_only=True):
    """An agent's extraction has begun; not said of those that are kept."""

    at: float
    environment: str
    agent: str


class ExtractionFinished(Struct, frozen=True, kw_only=True):
    """An agent's extraction has ended.

    Attributes:
        origin: Where its files come from.
        seconds: Wall time.
        cpu_seconds: Processor time.
        memory_bytes: The most its process has had so far.
        files: Files of the agent.
        tests: Those of them that are tests.
        lines: Lines of the agent's Python files.
        parts: Wall seconds it took to emit each part (`code`, `tests`, `docs`, `manifest`), in the order of
            their beginning; empty unless built.
        error: Why it failed; empty if it did not.
    """

    at: float
    environment: str
    agent: str
    origin: Origin
    seconds: float
    cpu_seconds: float = 0.0
    memory_bytes: int = 0
    files: int = 0
    tests: int = 0
    lines: int = 0
    parts: Mapping[str, float] = {}
    error: str = ""


class RunFinished(Struct, frozen=True, kw_only=True):
    """A compile has ended.

    Attributes:
        succeeded: Whether it found no error.
        written: Files written, over all environments.
        removed: Files removed.
        unchanged: Files left as they were.
        seconds: How long the whole run took.
    """

    at: float
    succeeded: bool
    written: int
    removed: int
    unchanged: int
    seconds: float


Event: TypeAlias = (
    RunStarted | StageFinished | AgentChecked | Planned | ExtractionStarted | ExtractionFinished | RunFinished
)

Observer: TypeAlias = Callable[[Event], None]
"""Is told every event; must return at once and never raise."""


class Sink(Protocol):
    """Something outside that follows a run: a webhook, a trace collector, a file of figures."""

    def __call__(self, event: Event) -> None:
        """Take an event. Returns at once and never raises; what cannot be delivered in time is dropped."""

    def close(self) -> str:
        """Deliver what is left, within a few seconds; returns one sentence about what was not, or nothing."""


class SinkOptions(Struct, frozen=True):
    """How a sink follows.

    Attributes:
        url: Where it is; may hold a password, which is never shown.
        settings: What `qpf.yaml` says beside it.
        trust: The secrets of the environment that may be sent there.
    """

    url: str
    settings: Mapping[str, object] = {}
    trust: Trust = field(default_factory=Trust)

    def __repr__(self) -> str:
        return f"SinkOptions(settings={self.settings!r}, trust={self.trust!r})"


class Notifier(Struct, frozen=True):
    """A kind of sink.

    Attributes:
        scheme: What its URLs begin with: `https`, `otlp+file`.
        open: Opens one. May raise `ValueError` with one sentence about a URL that cannot be meant.
    """

    scheme: str
    open: Callable[[SinkOptions], Sink]
