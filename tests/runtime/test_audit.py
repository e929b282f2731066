"""The trail is appended to and never changed, not even by SQL."""

import sqlite3

import pytest

from qpf_runtime.config import GovernanceConfig
from qpf_runtime.runtime import Runtime
from tests.runtime.world import answer_double, answering

pytestmark = pytest.mark.anyio


async def written(folder):
    async with Runtime.local(folder) as runtime:
        agent = answering(runtime, answer_double)
        sent = agent.envelope("ask", {"number": 1})
        await agent.audit.record("decision", sent, "escalated", 0.4, ("unsure",))
        await agent.audit.record("decision", sent, "approved", 0.9, ())
        return sent, await agent.audit.entries()


async def test_rows_tell_what_was_decided(tmp_path):
    sent, (first, second) = await written(tmp_path)
    assert (first.agent, first.event, first.outcome, first.confidence) == (
        "solo",
        "decision",
        "escalated",
        0.4,
    )
    assert (first.packet_id, first.correlation_id, first.reasons) == (sent.id, sent.id, ("unsure",))
    assert first.at <= second.at
    assert first.at.tzinfo is not None


@pytest.mark.parametrize(
    "attempt",
    [
        "UPDATE audit SET outcome = 'approved'",
        "UPDATE audit SET reasons = '[]' WHERE id = 1",
        "DELETE FROM audit",
        "DELETE FROM audit WHERE id = 2",
        "INSERT OR REPLACE INTO audit SELECT * FROM audit WHERE id = 1",
        "REPLACE INTO audit SELECT * FROM audit",
    ],
)
async def test_the_database_refuses_to_change_a_row(tmp_path, attempt):
    await written(tmp_path)
    connection = sqlite3.connect(tmp_path / "solo.db")
    before = connection.execute("SELECT * FROM audit").fetchall()
    with pytest.raises(sqlite3.IntegrityError, match="the audit trail is append-only"):
        connection.execute(attempt)
    connection.commit()
    assert connection.execute("SELECT * FROM audit").fetchall() == before
    connection.close()


async def test_rows_outlive_the_process_and_are_found_by_correlation(tmp_path):
    sent, _ = await written(tmp_path)
    other, _ = await written(tmp_path)
    async with Runtime.local(tmp_path) as runtime:
        agent = answering(runtime, answer_double)
        assert len(await agent.audit.entries()) == 4
        assert [row.packet_id for row in await agent.audit.entries(sent.correlation_id)] == [sent.id] * 2
        assert [row.packet_id for row in await agent.audit.entries(limit=1)] == [other.id]


async def test_a_schema_may_turn_the_trail_off(runtime):
    agent = answering(runtime, answer_double, governance=GovernanceConfig(audittrail=False))
    await agent.audit.record("decision", agent.envelope("ask", {"number": 1}), "approved", 1.0, ())
    assert await agent.audit.entries() == ()
