"""What compiles say, for those who listen: runs of any kind, as events."""

from collections.abc import Iterator
from itertools import pairwise

from hypothesis import strategies as st

from qpf.model.event import (
    Event,
    ExtractionFinished,
    ExtractionStarted,
    Planned,
    RunFinished,
    RunStarted,
    Sink,
    StageFinished,
)

PARTS = ("code", "tests", "docs", "manifest")


def finished(
    agent: str, origin: str = "built", seconds: float = 2.0, *, at: float = 4.0, **more
) -> ExtractionFinished:
    figures = {"cpu_seconds": seconds / 2, "memory_bytes": 50_000_000, "files": 12, "tests": 3, "lines": 400}
    parts = dict.fromkeys(PARTS, seconds / 4) if origin == "built" else {}
    return ExtractionFinished(
        at=at,
        environment=more.pop("environment", "dev"),
        agent=agent,
        origin=origin,  # type: ignore[arg-type]  # one of its words
        seconds=seconds,
        **{**figures, "parts": parts, **more},
    )


def run(
    *extractions: ExtractionFinished, name: str = "r1", succeeded: bool = True, jobs: int = 2
) -> list[Event]:
    """A run that comes to its end; each agent needs the one before it."""
    return [*started(*extractions, name=name, jobs=jobs), *ended(succeeded=succeeded)]


def started(*extractions: ExtractionFinished, name: str = "r1", jobs: int = 2) -> Iterator[Event]:
    """A run up to its last extraction."""
    environments = tuple(dict.fromkeys(each.environment for each in extractions)) or ("dev",)
    yield RunStarted(run=name, environments=environments, jobs=jobs)
    yield StageFinished(at=0.5, stage="read", seconds=0.5)
    for environment in environments:
        agents = [each.agent for each in extractions if each.environment == environment]
        yield StageFinished(at=1.0, stage="check", environment=environment, seconds=0.5)
        yield Planned(
            at=1.5,
            environment=environment,
            agents=dict.fromkeys(agents, 0.0),
            dependencies={after: (before,) for before, after in pairwise(agents)},
        )
        yield StageFinished(at=1.5, stage="plan", environment=environment, seconds=0.5)
    for each in extractions:
        if each.origin != "kept":
            yield ExtractionStarted(
                at=max(0.0, each.at - each.seconds), environment=each.environment, agent=each.agent
            )
    yield from extractions


def ended(*, succeeded: bool = True) -> Iterator[Event]:
    yield StageFinished(at=5.0, stage="extract", seconds=3.5)
    yield StageFinished(at=5.5, stage="publish", seconds=0.5)
    yield RunFinished(at=6.0, succeeded=succeeded, written=7, removed=1, unchanged=20, seconds=6.0)


def told(sink: Sink, *events: Event) -> str:
    """Tell a sink, and close it."""
    for event in events:
        sink(event)
    return sink.close()


NAMES = st.sampled_from(("main_agent", "trainer", "auditor", "adapter", "tensoraios"))

EXTRACTIONS = st.lists(
    st.builds(
        finished,
        NAMES,
        st.sampled_from(("kept", "local", "remote", "built")),
        st.floats(0, 5000),
        environment=st.sampled_from(("dev", "production")),
        error=st.sampled_from(("", "", "", "out of memory")),
        files=st.integers(0, 500),
        lines=st.integers(0, 10**6),
        memory_bytes=st.integers(0, 2**40),
    ),
    unique_by=lambda each: (each.environment, each.agent),
    max_size=10,
)
"""What can come of the agents of two environments."""
