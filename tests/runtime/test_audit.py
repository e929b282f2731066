"""The trail is appended to and never changed, not even by SQL; what was changed all the same is found."""

# ruff: noqa: S608 -- the statements are the test's own

import asyncio
import sqlite3
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine, text
from sqlalchemy.pool import StaticPool

from qpf_runtime.audit import append
from qpf_runtime.audit_check import verify
from qpf_runtime.audit_source import Head, heads
from qpf_runtime.audit_tables import AUDIT, PROTECTION
from qpf_runtime.config import GovernanceConfig
from qpf_runtime.database import TABLES, Database, stamp
from qpf_runtime.runtime import Runtime
from tests.runtime.world import answer_double, answering

COLUMNS = tuple(column.name for column in AUDIT.columns)


async def written(folder):
    async with Runtime.local(folder) as runtime:
        agent = answering(runtime, answer_double)
        sent = agent.envelope("ask", {"number": 1})
        await agent.audit.record("decision", sent, "escalated", 0.4, ("unsure",))
        await agent.audit.record("decision", sent, "approved", 0.9, (), detail={"round": 1})
        return sent, await agent.audit.entries()


@pytest.mark.anyio
async def test_rows_tell_what_was_decided(tmp_path):
    sent, (first, second) = await written(tmp_path)
    told = (first.agent, first.event, first.actor, first.outcome, first.confidence)
    assert told == ("solo", "decision", "agent", "escalated", 0.4)
    assert (first.packet_id, first.correlation_id, first.reasons) == (sent.id, sent.id, ("unsure",))
    assert (first.seq, second.seq, second.detail) == (1, 2, {"round": 1})
    assert first.at <= second.at
    assert first.at.tzinfo is not None


@pytest.mark.anyio
@pytest.mark.parametrize(
    "attempt",
    [
        "UPDATE audit SET outcome = 'approved'",
        "UPDATE audit SET reasons = '[]' WHERE seq = 1",
        "UPDATE OR REPLACE audit SET seq = 2 WHERE seq = 1",
        "DELETE FROM audit",
        "DELETE FROM audit WHERE seq = 2",
        "INSERT OR REPLACE INTO audit SELECT * FROM audit WHERE seq = 1",
        "REPLACE INTO audit SELECT * FROM audit",
        "DELETE FROM audit_heads",
        "UPDATE audit_heads SET seq = 1",
        "UPDATE audit_heads SET digest = 'x'",
        "REPLACE INTO audit_heads SELECT agent, 1, digest FROM audit_heads",
    ],
)
async def test_the_database_refuses_to_change_a_row(tmp_path, attempt):
    await written(tmp_path)
    connection = sqlite3.connect(tmp_path / "solo.db")

    def all_of_it():
        return [connection.execute(f"SELECT * FROM {name}").fetchall() for name in ("audit", "audit_heads")]

    before = all_of_it()
    with pytest.raises(sqlite3.IntegrityError, match="the audit trail is append-only"):
        connection.execute(attempt)
    connection.commit()
    assert all_of_it() == before
    connection.close()


@pytest.mark.anyio
async def test_rows_outlive_the_process_and_are_found_by_correlation(tmp_path):
    sent, _ = await written(tmp_path)
    other, _ = await written(tmp_path)
    async with Runtime.local(tmp_path) as runtime:
        agent = answering(runtime, answer_double)
        assert [row.seq for row in await agent.audit.entries()] == [1, 2, 3, 4]
        assert [row.packet_id for row in await agent.audit.entries(sent.correlation_id)] == [sent.id] * 2
        assert [row.packet_id for row in await agent.audit.entries(limit=1)] == [other.id]
    assert verify(f"sqlite:///{tmp_path}/solo.db") == ()


@pytest.mark.anyio
async def test_a_schema_may_turn_the_trail_off(runtime):
    agent = answering(runtime, answer_double, governance=GovernanceConfig(audittrail=False))
    await agent.audit.record("decision", agent.envelope("ask", {"number": 1}), "approved", 1.0, ())
    assert await agent.audit.entries() == ()


def row(number):
    return {
        "at": stamp(datetime(2026, 1, 1, tzinfo=UTC)),
        "event": "decision",
        "actor": "agent",
        "packet_id": f"packet-{number}",
        "correlation_id": "story",
        "outcome": "approved",
        "confidence": number / 7,
        "reasons": '["sure"]',
        "detail": "{}",
    }


class Chains:
    """Two chains in a database in memory whose triggers are gone."""

    def __init__(self, one=5, two=3):
        engine = create_engine("sqlite://", poolclass=StaticPool)
        TABLES.create_all(engine)
        self.connection = engine.connect()
        for agent, length in (("one", one), ("two", two)):
            for number in range(1, length + 1):
                append(self.connection, agent, row(number))
        self.connection.commit()
        for _, statement in PROTECTION["sqlite"]:
            self.connection.execute(text(f"DROP TRIGGER {statement.split()[2]}"))

    def run(self, statement, **values):
        self.connection.execute(text(statement), values)

    def rows(self):
        return list(self.connection.execute(AUDIT.select()).mappings())

    def found(self, **options):
        return [(one.agent, one.seq, one.last, one.kind) for one in verify(self.connection, **options)]


def test_an_untouched_chain_has_no_finding():
    chains = Chains()
    assert chains.found(exported=heads(chains.connection)) == []
    assert [(head.agent, head.seq) for head in heads(chains.connection)] == [("one", 5), ("two", 3)]


@pytest.mark.anyio
async def test_processes_that_write_at_once_make_one_chain(tmp_path):
    databases = [Database.file(tmp_path / "shared.db") for _ in range(3)]
    await databases[0].run(lambda connection: None)

    async def write(database):
        for number in range(30):
            await database.run(lambda connection, number=number: append(connection, "one", row(number)))

    await asyncio.gather(*map(write, databases))
    assert [head.seq for head in await databases[0].run(heads)] == [90]
    assert await databases[0].run(verify) == ()
    for database in databases:
        await database.close()


VALUES = st.one_of(
    st.none(), st.text(max_size=8), st.integers(-(2**31), 2**31), st.floats(), st.binary(max_size=8)
)


@settings(max_examples=150, deadline=None)
@given(
    agent=st.sampled_from(["one", "two"]),
    seq=st.integers(1, 5),
    column=st.sampled_from(COLUMNS),
    value=st.one_of(VALUES, st.sampled_from(["one", "two", 1, 2, 3, 4, 5, 6, "", "sha256:" + "0" * 64])),
)
def test_any_single_change_is_found_and_named(agent, seq, column, value):
    chains = Chains()
    before = chains.rows()
    where = f"UPDATE OR IGNORE audit SET {column} = :value WHERE agent = :agent AND seq = :seq"
    chains.run(where, value=value, agent=agent, seq=seq)
    if chains.rows() == before:
        assert chains.found() == []
        return
    assert {(one.agent, one.seq) for one in verify(chains.connection)} == {(agent, seq)}


@settings(max_examples=20, deadline=None)
@given(agent=st.sampled_from(["one", "two"]), seq=st.integers(1, 3))
def test_a_removed_row_is_found_also_at_the_end(agent, seq):
    chains = Chains()
    chains.run("DELETE FROM audit WHERE agent = :agent AND seq = :seq", agent=agent, seq=seq)
    assert chains.found() == [(agent, seq, seq, "missing")]


@pytest.mark.parametrize("column", COLUMNS[2:])
def test_a_change_of_each_column_is_found_in_each_row(column):
    for seq in range(1, 6):
        chains = Chains()
        chains.run(f"UPDATE audit SET {column} = 'x' WHERE agent = 'one' AND seq = {seq}")
        assert chains.found() == [("one", seq, seq, "changed")]


@pytest.mark.parametrize("cut", [1, 3, 5])
def test_a_cut_tail_is_found_by_the_head(cut):
    chains = Chains()
    chains.run("DELETE FROM audit WHERE agent = 'one' AND seq >= :cut", cut=cut)
    assert chains.found() == [("one", cut, 5, "missing")]


def test_rows_that_changed_places_are_both_named():
    chains = Chains()
    for old, new in ((2, 100), (4, 2), (100, 4)):
        chains.run(f"UPDATE audit SET seq = {new} WHERE agent = 'one' AND seq = {old}")
    assert chains.found() == [("one", 2, 2, "moved"), ("one", 4, 4, "moved")]


def test_a_row_that_was_pushed_in_is_named():
    chains = Chains()
    chains.run("UPDATE audit SET seq = seq + 100 WHERE agent = 'one' AND seq >= 3")
    chains.run("UPDATE audit SET seq = seq - 99 WHERE agent = 'one' AND seq > 100")
    chains.run(
        "INSERT INTO audit SELECT agent, 3, at, event, actor, packet_id, correlation_id, outcome, confidence,"
        " reasons, detail, previous, digest FROM audit WHERE agent = 'one' AND seq = 2"
    )
    found = chains.found()
    assert ("one", 3, 3, "inserted") in found
    assert {(seq, kind) for _, seq, _, kind in found} == {
        (3, "inserted"), (3, "moved"), (4, "moved"), (5, "moved"),
    }  # fmt: skip


def test_a_row_that_was_appended_behind_the_head_is_named():
    chains = Chains()
    head = chains.connection.execute(text("SELECT seq, digest FROM audit_heads WHERE agent = 'one'")).one()
    append(chains.connection, "one", row(6))
    chains.run("UPDATE audit_heads SET seq = :seq, digest = :digest WHERE agent = 'one'", **head._mapping)
    assert chains.found() == [("one", 6, 6, "inserted")]


def test_a_row_that_was_changed_and_given_a_new_digest_is_named():
    from qpf_runtime.audit import row_digest

    for seq in range(1, 6):
        chains = Chains()
        chains.run(f"UPDATE audit SET outcome = 'rejected' WHERE agent = 'one' AND seq = {seq}")
        changed = next(dict(one) for one in chains.rows() if (one["agent"], one["seq"]) == ("one", seq))
        chains.run(
            f"UPDATE audit SET digest = :digest WHERE agent = 'one' AND seq = {seq}",
            digest=row_digest(changed),
        )
        ((agent, named, _, kind),) = chains.found()
        assert (agent, named, kind) == ("one", seq, "changed" if seq < 5 else "head")


@pytest.mark.parametrize(
    "change", ["SET seq = 3", "SET seq = 9", "SET digest = 'x'", "SET agent = 'three'", None]
)
def test_a_changed_head_is_found(change):
    chains = Chains()
    changed = f"UPDATE audit_heads {change} WHERE agent = 'one'"
    chains.run(changed if change else "DELETE FROM audit_heads WHERE agent = 'one'")
    assert ("one", "head") in {(agent, kind) for agent, _, _, kind in chains.found()}


def test_a_chain_made_anew_is_found_only_beside_an_exported_head():
    chains, forged = Chains(), Chains(one=0)
    exported = heads(chains.connection)
    for number in range(1, 6):
        append(forged.connection, "one", row(number) | {"outcome": "rejected"})
    assert forged.found() == []
    assert forged.found(exported=exported) == [("one", 5, 5, "changed")]
    assert forged.found(exported=[Head("one", 9, "x")]) == [("one", 9, 9, "missing")]
    assert forged.found(exported=exported, agent="two") == []


def test_text_that_is_none_is_found_not_stumbled_over(tmp_path):
    engine = create_engine(f"sqlite:///{tmp_path}/a.db")
    TABLES.create_all(engine)
    with engine.begin() as connection:
        append(connection, "one", row(1))
        connection.execute(text("DROP TRIGGER audit_no_update"))
        connection.execute(text("UPDATE audit SET outcome = CAST(x'ff' AS TEXT)"))
    (found,) = verify(f"sqlite:///{tmp_path}/a.db")
    assert (found.agent, found.seq, found.kind) == ("one", 1, "changed")
