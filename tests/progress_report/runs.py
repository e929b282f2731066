"""Runs as a compile says them."""

from collections.abc import Iterable

from qpf.api import Event, ExtractionFinished, ExtractionStarted, Planned, RunFinished, RunStarted


def begun(*agents: str, environment: str = "dev") -> Iterable[Event]:
    """A run of these agents up to their plan."""
    yield RunStarted(run="r1", environments=(environment,), jobs=2)
    yield Planned(at=0.1, environment=environment, agents=dict.fromkeys(agents, 0.0))


def started(agent: str, at: float = 0.2) -> Event:
    return ExtractionStarted(at=at, environment="dev", agent=agent)


def extracted(agent: str, at: float = 0.3, error: str = "") -> Event:
    return ExtractionFinished(
        at=at, environment="dev", agent=agent, origin="built", seconds=0.1, files=21, tests=4, error=error
    )


def ended(*, succeeded: bool = True) -> Event:
    return RunFinished(at=0.4, succeeded=succeeded, written=1, removed=0, unchanged=0, seconds=0.4)


def whole(*agents: str) -> Iterable[Event]:
    """A run from its beginning to a good end."""
    yield from begun(*agents)
    for agent in agents:
        yield started(agent)
        yield extracted(agent)
    yield ended()
