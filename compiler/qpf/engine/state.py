"""What the last compile of an environment knew, so that the next one need not find it out again.

One file an environment, written whole: a head with a line's worth of every agent, then the agents' records
and tables, read one by one when they are needed. It is a cache of its own: without it, or with one that
cannot be read, everything is found out anew.
"""

import json
from collections.abc import Iterable, Mapping
from typing import TypeAlias

from msgspec import Struct

from qpf.engine.pack import Head, read_head
from qpf.engine.record import Record, read_record
from qpf.model.digest import ordered, sealed, unsealed

_FORMAT = 2

Place: TypeAlias = tuple[str | None, ...]
"""A section of an agent, or a key in one; None stands for which there are."""


class Kept(Struct, frozen=True):
    """One agent as it was.

    Attributes:
        checked: Key of its check.
        key: Key of its extraction; empty if it was not extracted.
        layers: Digests of the files it was composed of, by path.
        inputs: Digests of all else it follows from, by name; the tools' are in the state.
        record: See `Record`, as bytes.
        head: The table of its pack, as bytes.
    """

    checked: str
    key: str
    layers: Mapping[str, str]
    inputs: Mapping[str, str]
    record: bytes
    head: bytes

    def read(self) -> Record:
        """What was known of it."""
        return read_record(self.record)

    def table(self) -> Head:
        """Its files."""
        return read_head(self.head)


class State(Struct, frozen=True):
    """An environment as it was.

    Attributes:
        tools: What extracted, by name.
        agents: By name.
        around: Digest of what passes over it see beside agents.
        silent: Those of them that found nothing, by name, each with the places in agents that it read.
    """

    tools: Mapping[str, str] = {}
    agents: Mapping[str, Kept] = {}
    around: str = ""
    silent: Mapping[str, tuple[Place, ...]] = {}


def write_state(state: State) -> bytes:
    """A state as bytes, sealed by their digest."""
    rows = [
        [name, kept.checked, kept.key, kept.layers, kept.inputs, len(kept.record), len(kept.head)]
        for name, kept in state.agents.items()
    ]
    head = ordered([_FORMAT, state.tools, state.around, state.silent, rows])
    bodies = (part for kept in state.agents.values() for part in (kept.record, kept.head))
    return sealed(head, b"\n", *bodies)


def read_state(content: bytes) -> State:
    """Read what `write_state` wrote; of anything else, nothing is known."""
    body = unsealed(content)
    text, found, _ = body.partition(b"\n")
    try:
        version, *rest = json.loads(text)
        if version != _FORMAT:
            return State()
        tools, around, silent, rows = rest
        agents = dict(_agents(rows, body, len(text) + len(found)))
        places = {name: tuple(map(_place, each)) for name, each in silent.items()}
        return State(_texts(tools), agents, str(around), places)
    except (ValueError, TypeError, AttributeError):
        return State()


def _agents(rows: Iterable[list[object]], body: bytes, start: int) -> Iterable[tuple[str, Kept]]:
    for name, checked, key, layers, inputs, record, head in rows:
        if not (isinstance(record, int) and isinstance(head, int)):
            raise TypeError(record, head)
        middle = start + record
        yield (
            str(name),
            Kept(
                str(checked),
                str(key),
                _texts(layers),
                _texts(inputs),
                body[start:middle],
                body[middle : middle + head],
            ),
        )
        start = middle + head


def _place(found: object) -> Place:
    if not (isinstance(found, list) and found and all(isinstance(each, str | None) for each in found)):
        raise TypeError(found)
    return tuple(found)


def _texts(found: object) -> Mapping[str, str]:
    """What was found, if it is text by name; a JSON object's names are."""
    if not (isinstance(found, dict) and all(isinstance(each, str) for each in found.values())):
        raise TypeError(found)
    return found
