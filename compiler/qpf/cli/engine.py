"""How a command compiles: with which caches and processes, and who is told.

What `qpf.yaml` says under `extraction_engine` and `extraction_observability` is the default; the command
line and the environment have the last word.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from msgspec import Struct
from msgspec.structs import replace

from qpf.cli.caches import caches_of, secret
from qpf.cli.options import Kind
from qpf.cli.output import finish, note, reserved_stdout
from qpf.cli.progress import follow
from qpf.cli.session import Session
from qpf.cli.sinks import sinks_of
from qpf.compilation.executors import executor_of
from qpf.compilation.fleet import Compilation, Options
from qpf.compilation.front import Front
from qpf.io.runs import History
from qpf.model.diagnostic import Outcome
from qpf.model.event import Event, Observer, RunFinished, RunStarted, Sink
from qpf.model.executor import Pool
from qpf.render.progress_json import masked
from qpf.stages.engine import bytes_of

NO_CACHING = "`extraction_engine.cache.enabled` is false in qpf.yaml"
_HOUR = 3600


class Choices(Struct, frozen=True):
    """What the command line says about compiling.

    Attributes:
        jobs: How many processes; None: as `qpf.yaml` says.
        remember: Whether to use and keep state and caches.
        caches: Addresses of shared caches; none: as `qpf.yaml` says.
        progress: How to show what goes on.
        keep: Whether anything may be kept for later.
        verify: Whether to make everything twice, and compare.
        executor: Who works, if not this machine: `SCHEME[:ADDRESS]`.
        judges: Whether the command gives a verdict about the fleet. Then a cache that only the fleet names is
            not asked, unless its entries are signed: else the fleet could say what it is held to.
    """

    jobs: int | None = None
    remember: bool = True
    caches: tuple[str, ...] = ()
    progress: Kind = "auto"
    keep: bool = True
    verify: bool = False
    executor: str = ""
    judges: bool = False


@contextmanager
def compiling(
    session: Session, front: Front, choices: Choices, environments: tuple[str, ...], *, record: bool
) -> Iterator[Compilation]:
    """Open all that a compile needs, tell everybody of the run, and say at its end what went wrong.

    Args:
        session: Where the fleet is.
        front: The fleet.
        choices: What the command line says.
        environments: What is compiled.
        record: Whether the run is one for the history and for sinks.
    """
    options = _options(front, choices)
    history = History.of(session.root)
    sinks: list[Sink] = [history, *_opened(sinks_of(session.root, front.workspace))] if record else []
    said: list[str] = []
    try:
        with reserved_stdout(), follow(choices.progress, sys.stderr) as display:
            observers: list[Observer] = [display, *sinks]

            def tell(event: Event) -> None:
                shown = masked(event)
                for observer in observers:
                    observer(shown)

            compilation = Compilation(front, session.root, options, tell, history.estimate)
            tell(RunStarted(run=os.urandom(8).hex(), environments=environments, jobs=options.jobs))
            try:
                yield compilation
            finally:
                said = [*compilation.notes, *(sink.close() for sink in sinks)]
    finally:
        for sentence in filter(None, said):
            note(sentence)


def finished(
    compilation: Compilation, *, succeeded: bool, written: int = 0, removed: int = 0, unchanged: int = 0
) -> None:
    """Tell everybody that a run is over."""
    at = compilation.clock()
    compilation.observe(
        RunFinished(
            at=at, succeeded=succeeded, written=written, removed=removed, unchanged=unchanged, seconds=at
        )
    )


def alone(front: Front, choices: Choices) -> Options:
    """How this machine works by itself, without others' caches and processes."""
    engine = front.configuration.engine
    parallel, cache = engine.parallelization, engine.cache
    most = parallel.max_parallel or len(os.sched_getaffinity(0))
    return Options(
        jobs=choices.jobs or (most if parallel.enabled else 1),
        remember=choices.remember and cache.enabled,
        keep=choices.keep,
        secret=secret(),
        size=bytes_of(cache.max_size),
        ttl_seconds=cache.ttl_hours * _HOUR,
        deadline_seconds=cache.deadline_seconds,
    )


def _options(front: Front, choices: Choices) -> Options:
    options, cache = alone(front, choices), front.configuration.engine.cache
    believed = choices.caches or not choices.judges or options.secret is not None
    if choices.caches and choices.remember and not cache.enabled:
        note(f"the cache that was named is not used: {NO_CACHING}")
    asked = options.remember and believed
    shared = caches_of(front.registry, cache, choices.caches) if asked else Outcome(())
    pool: Outcome[Pool | None] = Outcome(None)
    if choices.executor:
        pool = executor_of(choices.executor, front.registry, options.jobs)
    if shared.report.failed or pool.report.failed:
        finish(shared.report + pool.report)
    return replace(options, shared=shared.value, pool=pool.value)


def _opened(outcome: Outcome[tuple[Sink, ...]]) -> tuple[Sink, ...]:
    if outcome.report.failed:
        finish(outcome.report)
    return outcome.value
