"""What is known of one agent after it was validated: enough to plan, to validate the whole and to emit.

A record crosses from a worker to its parent, is kept in caches under the key of the check, and lasts in the
environment's state until the next run. Values stay text until somebody looks at them.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from sys import intern
from typing import Any

from msgspec import Struct

from qpf.engine.findings import from_plain, to_plain
from qpf.model.diagnostic import Report
from qpf.model.digest import ordered
from qpf.model.doubt import doubtful, parted
from qpf.model.fleet import Agent, Composed
from qpf.model.migration import Trail
from qpf.model.node import Data, Lookalike, freeze
from qpf.model.span import Span
from qpf.stages.assemble import Assembly

_SEPARATOR = b"\n"


class Record(Struct, frozen=True):
    """One checked agent.

    Attributes:
        agent: Its name.
        layers: Paths of the files it is composed of.
        documents: Digests of what those files say.
        base: Its base.
        subs: Its subs.
        role: What it is for.
        source: Path of its own file.
        interface: Digest of its interface.
        shown: What its neighbours may see of its values, as JSON.
        dependencies: The agents it says it needs.
        findings: What was found that is no error, as plain data.
        past: What the fleet has to know of its file's past, as plain data.
        exact: Digest of the files that findings may point into beside the layers.
        doubts: Where its values are in doubt because of errors; None of a sound agent.
        values: Its values, as `write_values` writes them; a part of what was read, not a copy.
    """

    agent: str
    layers: tuple[str, ...]
    documents: tuple[str, ...]
    base: str
    subs: tuple[str, ...]
    role: str
    source: str
    interface: str
    shown: bytes
    dependencies: tuple[str, ...]
    findings: Data
    past: Data
    exact: str
    doubts: tuple[tuple[str, ...], ...] | None
    values: bytes | memoryview

    @property
    def report(self) -> Report:
        """What was found."""
        return from_plain(self.findings) if self.findings else Report()

    @property
    def seen_by_neighbours(self) -> Data:
        """What its neighbours may see of its values."""
        return json.loads(self.shown)

    @property
    def trail(self) -> Trail | None:
        """What the fleet has to know of its file's past."""
        if not self.past:
            return None
        version, place, moved = self.past
        return Trail(self.source, version, Span(self.source, *place), tuple(moved))


class Values(Lookalike):
    """An agent's values; each section is read when somebody looks at it."""

    def __init__(self, text: bytes | memoryview) -> None:
        self._text = text
        self._read: dict[str, Data] = {}

    @cached_property
    def _sections(self) -> dict[str, memoryview]:
        text = memoryview(self._text)
        table, _, _ = bytes(text).partition(_SEPARATOR)
        start = len(table) + len(_SEPARATOR)
        sections = {}
        for name, size in json.loads(table):
            sections[name] = text[start : start + size]
            start += size
        return sections

    def __getitem__(self, key: str) -> Data:
        if key not in self._read:
            self._read[key] = freeze(json.loads(bytes(self._sections[key])))
        return self._read[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._sections)

    def __len__(self) -> int:
        return len(self._sections)


def write_values(values: Mapping[str, Data]) -> bytes:
    """Values as `Values` reads them: a table of sections with their lengths, then each one's JSON.

    Raises:
        TypeError: If they are not JSON-like.
    """
    sections = {name: ordered(section) for name, section in values.items()}
    table = ordered([[name, len(text)] for name, text in sections.items()])
    return b"".join((table, _SEPARATOR, *sections.values()))


def record_of(  # one a fact, and each is named where it is called
    agent: Agent,
    assembly: Assembly,
    *,
    interface: str,
    shown: Data,
    needs: tuple[str, ...],
    report: Report,
    exact: str,
) -> Record:
    """Note what is known of an agent.

    Raises:
        TypeError: If its values are not JSON-like, which some plugin's section is to blame for.
    """
    known, doubts = parted(agent.values)
    return Record(
        agent.name,
        agent.layers,
        assembly.documents,
        agent.base,
        tuple(agent.subs),
        agent.role,
        agent.source,
        interface,
        ordered(shown),
        needs,
        to_plain(report),
        _plain(assembly.agent.document.trail),
        exact,
        None if agent.sound else doubts,
        write_values(known),
    )


def _plain(trail: Trail | None) -> Data:
    return None if trail is None else [trail.version, trail.span[1:], trail.moved]


def recall(
    record: Record, environment: str, subs: Mapping[str, Data], compose: Callable[[], Composed]
) -> Agent:
    """The agent of a record.

    Args:
        record: What is known of it.
        environment: Where.
        subs: The documents of all subs, as data.
        compose: Merges its layers, should anybody ask for a span.
    """
    values = Values(record.values)
    return Agent(
        name=record.agent,
        environment=environment,
        values=values if record.doubts is None else doubtful(values, record.doubts),
        compose=compose,
        layers=record.layers,
        base=record.base,
        subs={name: subs[name] for name in record.subs},
        role=record.role,
        source=record.source,
        needs=record.dependencies if record.doubts is None else None,
    )


def write_record(record: Record) -> bytes:
    """A record as bytes."""
    head = [
        record.agent,
        record.layers,
        record.documents,
        record.base,
        record.subs,
        record.role,
        record.source,
        record.interface,
        record.dependencies,
        record.findings,
        record.past,
        record.exact,
        record.doubts,
    ]
    return b"".join((ordered(head), _SEPARATOR, record.shown, _SEPARATOR, record.values))


def read_record(payload: bytes) -> Record:
    """Read what `write_record` wrote.

    Raises:
        ValueError: If it did not.
    """
    text, _, rest = payload.partition(_SEPARATOR)
    shown, found, _ = rest.partition(_SEPARATOR)
    head: Any = json.loads(text)
    if not found or not isinstance(head, list) or len(head) != len(Record.__struct_fields__) - 2:
        message = "this is no record"
        raise ValueError(message)
    agent, layers, documents, base, subs, role, source, interface, needs, findings, past, exact, doubts = head
    return Record(
        agent,
        tuple(map(intern, layers)),
        tuple(map(intern, documents)),
        base,
        tuple(map(intern, subs)),
        role,
        source,
        interface,
        shown,
        tuple(needs),
        findings,
        past,
        exact,
        None if doubts is None else tuple(map(tuple, doubts)),
        memoryview(payload)[len(text) + len(shown) + 2 * len(_SEPARATOR) :],
    )


def read_foreign(payload: bytes, sections: Mapping[str, bool]) -> Record:
    """Read a valid agent's record that anybody may have written, and see that it is one.

    Args:
        payload: Its bytes.
        sections: Every section that agents may have, and whether each agent must.

    Raises:
        ValueError: If one is not.
    """
    try:
        record = read_record(payload)
        values = Values(record.values)
        from_plain(record.findings)
        trail = record.trail
        words = (record.agent, record.base, record.role, record.source, record.interface, record.exact)
        lists = (record.layers, record.documents, record.subs, record.dependencies)
        sound = (
            len(record.layers) == len(record.documents)
            and all(isinstance(word, str) for word in (*words, *(each for one in lists for each in one)))
            and isinstance(record.seen_by_neighbours, dict)
            and record.doubts is None
            and (trail is None or all(isinstance(word, str) for word in (trail.version, *trail.moved)))
            and values.keys() <= sections.keys()
            and all(name in values for name, required in sections.items() if required)
            and all(isinstance(section, Mapping) for section in values.values())
        )
    except (TypeError, AttributeError, KeyError, UnicodeDecodeError, RecursionError) as error:
        message = "this is no record"
        raise ValueError(message) from error
    if not sound:
        message = "a part of this record is not what it should be"
        raise ValueError(message)
    return record
