"""Checks the chains of an audit trail, and pinpoints what does not hold.

A chain shows every row that was changed, removed, inserted or moved after it was written, and a tail that
was cut off. Whoever may write every row and the head can make a chain anew that holds in itself: that shows
only beside a head that was exported before and kept elsewhere. A chain also cannot show what was never
written, or who held the pen.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any, Literal

from sqlalchemy import Connection, select

from qpf_runtime.audit import row_digest
from qpf_runtime.audit_source import Head, reading
from qpf_runtime.audit_tables import AUDIT, HEADS

Kind = Literal["changed", "missing", "inserted", "moved", "head"]
Row = Mapping[str, Any]
Key = tuple[Any, Any]

CONTENTS = ", ".join(
    column.name for column in AUDIT.columns if column.name not in {"agent", "seq", "previous", "digest"}
)


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that does not hold.

    Attributes:
        agent: Whose chain.
        seq: The first row it is about; None if it is about the head alone.
        last: The last row it is about.
        kind: What became of the row, or `head`.
        message: What differs.
    """

    agent: str
    seq: int | None
    last: int | None
    kind: Kind
    message: str


def verify(
    source: Connection | str, agent: str | None = None, exported: Iterable[Head] = ()
) -> tuple[Finding, ...]:
    """Check every chain of a database, or one agent's.

    Args:
        source: The database's URL, or a connection that sees one state of it while this runs.
        agent: Whose chain; all, if nobody is named.
        exported: Heads that were read before and kept elsewhere; the chains must still hold them.
    """
    with reading(source) as connection:
        check = _Check(connection, agent)
        check.survey()
        check.walk()
        found = [*check.findings, *check.strays(), *_compare(connection, exported, agent)]
    return tuple(sorted(found, key=lambda one: (str(one.agent), one.seq or 0, one.kind)))


@dataclass
class _Check:
    connection: Connection
    agent: str | None
    findings: list[Finding] = field(default_factory=list)
    heads: dict[Any, Row] = field(default_factory=dict)
    intact: dict[Any, int] = field(default_factory=lambda: defaultdict(int))
    named: dict[Any, int] = field(default_factory=dict)
    suspects: dict[Any, list[Row]] = field(default_factory=lambda: defaultdict(list))
    placed: set[Key] = field(default_factory=set)
    left: dict[Key, str] = field(default_factory=dict)

    def rows(self) -> Iterator[Row]:
        query = select(AUDIT).where(AUDIT.c.agent == self.agent) if self.agent else select(AUDIT)
        found = self.connection.execute(
            query.order_by(AUDIT.c.agent, AUDIT.c.seq), execution_options={"yield_per": 1000}
        )
        return (dict(row) for row in found.mappings())

    def survey(self) -> None:
        """Take note of the heads, and of every row that does not hold in itself."""
        query = select(HEADS).where(HEADS.c.agent == self.agent) if self.agent else select(HEADS)
        self.heads = {row["agent"]: dict(row) for row in self.connection.execute(query).mappings()}
        for row in self.rows():
            agent, seq = row["agent"], row["seq"]
            if row_digest(row) != row["digest"]:
                self.suspects[row["previous"]].append(row)
                self.left[agent, seq] = "is not a row of this chain, or its number was changed as well"
            elif isinstance(seq, int):
                self.intact[agent] = max(self.intact[agent], seq)
                if agent in self.heads and row["digest"] == self.heads[agent]["digest"]:
                    self.named[agent] = seq

    def walk(self) -> None:
        """Follow each chain from its first row to its head."""
        seen = set()
        for agent, rows in groupby(self.rows(), key=lambda row: row["agent"]):
            seen.add(agent)
            self._chain(agent, rows)
        for agent in self.heads.keys() - seen:
            self._chain(agent, iter(()))

    def strays(self) -> Iterator[Finding]:
        """Name the rows that no chain accounts for."""
        for (agent, seq), message in self.left.items():
            if (agent, seq) not in self.placed:
                number = seq if isinstance(seq, int) else None
                yield Finding(agent, number, number, "inserted", f"row {seq} {message}")

    def _chain(self, agent: Any, rows: Iterator[Row]) -> None:
        head = self.heads.get(agent)
        end = self._end(agent, head)
        chain = _Chain(self, agent, head)
        before: Row | None = None
        for row in rows:
            seq = row["seq"]
            if not (isinstance(seq, int) and 1 <= seq <= end):
                self.left.setdefault((agent, seq), f"is not one of the {end} rows up to the head")
                continue
            if before is not None:
                chain.take(before, row)
            before = row
        if before is not None:
            chain.take(before, None)
        chain.finish(end)

    def _end(self, agent: Any, head: Row | None) -> int:
        if head is None:
            if self.intact[agent]:
                self.note(agent, None, "head", "the chain has no head: it was removed")
            return self.intact[agent]
        named, told = self.named.get(agent), head["seq"]
        if named is not None and named != told:
            self.note(agent, None, "head", f"the head says row {told}, and its digest is that of row {named}")
            return named
        if not isinstance(told, int):
            self.note(agent, None, "head", f"the head says row {told}, which is no number")
            return self.intact[agent]
        return told

    def note(self, agent: Any, seq: int | None, kind: Kind, message: str, last: int | None = None) -> None:
        self.findings.append(Finding(agent, seq, last if last is not None else seq, kind, message))


@dataclass
class _Chain:
    """The walk along one chain: which row must come next, and what it must name."""

    check: _Check
    agent: Any
    head: Row | None
    position: int = 1
    expected: str | None = ""

    def take(self, row: Row, following: Row | None) -> None:
        """Judge a row that is stored at or after the position."""
        self._bridge(row["seq"])
        before = row["previous"] if self.expected is None else self.expected
        key = (self.agent, row["seq"])
        if row_digest({**row, "previous": before}) == row["digest"]:
            self.check.placed.add(key)
            if row["previous"] != before:
                self._note("changed", "previous is not the digest of the row before")
            self._go(row["digest"])
        elif self._moved():
            self.check.left.setdefault(key, "stands where another row belongs")
        elif key in self.check.placed:
            self._missing(self.position)
        else:
            self.check.placed.add(key)
            self._go(self._judge(row, following, before))

    def finish(self, end: int) -> None:
        """Judge the tail, and the head."""
        complete = self.position > end
        self._bridge(end + 1)
        head = self.head
        if complete and head is not None and self.expected is not None and head["digest"] != self.expected:
            told = f"the head has another digest for row {end}: the head was changed, or"
            self.check.note(self.agent, end or None, "head", f"{told} the row, which was given a new digest")

    def _bridge(self, until: int) -> None:
        # Rows that are not where they belong may be somewhere else.
        while self.position < until:
            if not self._moved():
                self._missing(until - 1)

    def _judge(self, row: Row, following: Row | None, before: str) -> str | None:
        """Say what is wrong with a row in its place; gives what the next one must name, None if unknown."""
        named = None
        if following is not None and following["seq"] == self.position + 1:
            named = following["previous"]
        elif self.head is not None and self.head["seq"] == self.position:
            named = self.head["digest"]
        right = row_digest({**row, "previous": before})
        if right == named:
            self._note("changed", "digest is not that of the row, and the next one names the right one")
            return right
        if row_digest(row) != row["digest"]:
            self._note("changed", f"its digest is of other contents: one or more of {CONTENTS}")
        elif named not in {None, row["digest"]}:
            self._note("changed", "it is another row than the one before and after it know")
        elif self.position == 1:
            self._note("changed", "previous names a row before the first, or the row was given a new digest")
        else:
            told = f"it was given a new digest: row {self.position} names another"
            self.check.note(self.agent, self.position - 1, "changed", told)
        return row["digest"] if named == row["digest"] else None

    def _moved(self) -> bool:
        for row in self.check.suspects.get(self.expected, ()):
            belongs = {**row, "agent": self.agent, "seq": self.position}
            if row_digest(belongs) == row["digest"]:
                self.check.placed.add((row["agent"], row["seq"]))
                self._note("moved", f"it is stored as row {row['seq']} of {row['agent']}")
                self._go(row["digest"])
                return True
        return False

    def _missing(self, last: int) -> None:
        first = self.position
        rows = f"row {first} is" if first == last else f"rows {first} to {last} are"
        self.check.note(self.agent, first, "missing", f"{rows} missing", last)
        self.position, self.expected = last + 1, None

    def _note(self, kind: Kind, message: str) -> None:
        self.check.note(self.agent, self.position, kind, f"row {self.position}: {message}")

    def _go(self, digest: str | None) -> None:
        self.position, self.expected = self.position + 1, digest


def _compare(connection: Connection, exported: Iterable[Head], agent: str | None) -> Iterator[Finding]:
    for head in exported:
        if agent not in {None, head.agent} or head.seq == 0:
            continue
        query = select(AUDIT.c.digest).where(AUDIT.c.agent == head.agent, AUDIT.c.seq == head.seq)
        digest = connection.execute(query).scalar_one_or_none()
        if digest is None:
            told = f"row {head.seq} is gone, it was there when the head was exported"
            yield Finding(head.agent, head.seq, head.seq, "missing", told)
        elif digest != head.digest:
            told = f"row {head.seq} or one before it is not what it was when the head was exported"
            yield Finding(head.agent, head.seq, head.seq, "changed", told)
