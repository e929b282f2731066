"""The side of those who work elsewhere: one order in, one answer out, in whatever process it is.

An order brings all that it needs: the fleet without its agents, the agents it is about, and the tools that
it must be done with. A process keeps the few last fleets that it has read, and nothing else; it refuses what
was made for other tools, because they would make other bytes.
"""

import sys
from collections.abc import Callable, Mapping
from contextlib import redirect_stdout
from functools import cache, lru_cache
from threading import Lock
from typing import Any

from msgspec import Struct
from msgspec.structs import asdict, replace

from qpf.compilation.front import Front, load_front
from qpf.compilation.parcel import unpack_sources, unwrap, wrap
from qpf.compilation.worker import Shown, Worker
from qpf.engine.findings import to_plain
from qpf.host.guard import read_engines
from qpf.host.pins import tools_of
from qpf.host.registry import load_registry
from qpf.model.diagnostic import Outcome
from qpf.model.fleet import Source
from qpf.stages.parse import agent_of

_FLEETS = 2
_TURN = Lock()
"""Threads of one process would only take turns anyway, and share what plugins print to."""


def serve(order: bytes) -> bytes:
    """Do what an order says."""
    with _TURN, redirect_stdout(sys.stderr):
        head, parts = unwrap(order)
        tools = installed_tools()
        if not head["tools"].items() <= tools.items():
            return wrap({"refused": tools})
        common, agents = parts
        fleet = _read(common, tuple(head["plugins"]))
        own = {str(agent_of(each.path)): each for each in unpack_sources(agents)}
        return _ANSWERS[head["do"]](Worker(replace(fleet, agents=own)), head)


@cache
def installed_tools() -> Mapping[str, str]:
    """What this process works with: found out once, because what is imported stays."""
    registry = load_registry().value
    engines = (read_engines(entry).items() for entry in registry.passes)
    return {**tools_of(registry.pins), **dict(each for pairs in engines for each in pairs)}


class _Parcelled(Struct, frozen=True):
    """Sources that came with an order."""

    packed: bytes

    def sources(self) -> Outcome[tuple[Source, ...]]:
        """See `SourceTree`."""
        return Outcome(unpack_sources(self.packed))


@lru_cache(maxsize=_FLEETS)
def _read(common: bytes, plugins: tuple[str, ...]) -> Front:
    front = load_front(_Parcelled(common), plugins).value
    assert front is not None
    return front


def _layers(worker: Worker, head: Mapping[str, Any]) -> bytes:
    done = [[agent, [], worker.layers(agent)] for agent in head["work"]]
    return wrap({"done": done}, [b""] * len(done))


def _check(worker: Worker, head: Mapping[str, Any]) -> bytes:
    done, records = [], []
    for agent in head["work"]:
        outcome = worker.check(head["environment"], agent)
        done.append([agent, to_plain(outcome.report), None])
        records.append(outcome.value)
    return wrap({"done": done}, records)


def _emit(worker: Worker, head: Mapping[str, Any]) -> bytes:
    environment = head["environment"]
    shown = {name: Shown(name, source, values) for name, (source, values) in head["shown"].items()}
    done, packs = [], []
    for agent, others in head["work"]:
        emitted = worker.emit(environment, agent, [shown[name] for name in others])
        done.append([agent, to_plain(emitted.report), asdict(emitted.cost)])
        packs.append(emitted.payload)
    return wrap({"done": done}, packs)


_ANSWERS: Mapping[str, Callable[[Worker, Mapping[str, Any]], bytes]] = {
    "layers": _layers,
    "check": _check,
    "emit": _emit,
}
