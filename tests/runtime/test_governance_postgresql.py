"""The audit trail and held decisions keep their laws on PostgreSQL, several processes on one database."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import NullPool, create_engine, text
from sqlalchemy.exc import IntegrityError

from qpf_runtime.audit import append
from qpf_runtime.audit_check import verify
from qpf_runtime.audit_source import heads
from qpf_runtime.bus.inprocess import InProcessBus
from qpf_runtime.database import TABLES, Database
from qpf_runtime.held import AnsweredAlready
from qpf_runtime.runtime import Runtime
from qpf_runtime.stores import InMemoryStores
from tests.runtime.office import APPROVED, MINUTES, office, policy
from tests.runtime.test_audit import row
from tests.runtime.world import counted
from tests.servers.postgres import Postgres, run_postgres

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    with run_postgres(tmp_path_factory.mktemp("postgres")) as running:
        yield running


@pytest.fixture
def url(server):
    return server.create().replace("postgresql://", "postgresql+psycopg://")


class OnServer(InMemoryStores):
    """Memory here, everything that a turn writes there."""

    def __init__(self, url):
        super().__init__()
        self.url = url
        self.databases: list[Database] = []

    def open(self, config, clock):
        self.databases.append(Database(self.url))
        return replace(super().open(config, clock), database=self.databases[-1])

    async def close(self):
        for database in self.databases:
            await database.close()
        await super().close()


def process(url, clock):
    return Runtime(InProcessBus(), OnServer(url), clock=clock, ids=counted(), models="offline")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit SET outcome = 'x'",
        "DELETE FROM audit",
        "TRUNCATE audit",
        "INSERT INTO audit SELECT * FROM audit ON CONFLICT (agent, seq) DO UPDATE SET outcome = 'x'",
        "DELETE FROM audit_heads",
        "TRUNCATE audit_heads",
        "UPDATE audit_heads SET digest = 'x'",
    ],
)
def test_the_database_refuses_to_change_a_row(url, statement):
    engine = create_engine(url, poolclass=NullPool)
    TABLES.create_all(engine)
    with engine.begin() as connection:
        append(connection, "one", row(1))
    with pytest.raises(IntegrityError, match="append-only"), engine.begin() as connection:
        connection.execute(text(statement))
    assert verify(url) == ()


async def test_processes_that_write_at_once_make_one_chain(url):
    databases = [Database(url) for _ in range(4)]
    await databases[0].run(lambda connection: None)

    async def write(database):
        for number in range(25):
            await database.run(lambda connection, number=number: append(connection, "one", row(number)))

    await asyncio.gather(*map(write, databases))
    for database in databases:
        await database.close()
    assert [(head.agent, head.seq) for head in heads(url)] == [("one", 100)]
    assert verify(url) == ()


def test_a_changed_row_is_pinpointed(url):
    engine = create_engine(url, poolclass=NullPool)
    TABLES.create_all(engine)
    with engine.begin() as connection:
        for number in range(1, 6):
            append(connection, "one", row(number))
        connection.execute(text("ALTER TABLE audit DISABLE TRIGGER USER"))
        connection.execute(text("UPDATE audit SET confidence = 0.5 WHERE seq = 3"))
    assert [(one.agent, one.seq, one.kind) for one in verify(url)] == [("one", 3, "changed")]
    assert verify(url.replace("+psycopg", "")) == verify(url)


async def test_of_two_processes_that_answer_at_once_one_counts(url, clock):
    async with process(url, clock) as one, process(url, clock) as two:
        first, second = await office(one), await office(two)
        held = await first.hold()
        answers = await asyncio.gather(
            first.approvals.answer(held.id, "approve", "ada"),
            second.approvals.answer(held.id, "approve", "bob"),
            return_exceptions=True,
        )
        assert sum(isinstance(answer, AnsweredAlready) for answer in answers) == 1
        assert sorted(await first.told() + await second.told()) == APPROVED
    assert verify(url) == ()


async def test_of_two_processes_one_applies_the_time_out(url, clock):
    async with process(url, clock) as one, process(url, clock) as two:
        first, second = await office(one, rules=policy("approve")), await office(two, rules=policy("approve"))
        held = await first.hold()
        await second.desk.look()
        clock.pass_time(timedelta(minutes=MINUTES))
        assert sum(await asyncio.gather(first.desk.look(), second.desk.look())) == 1
        assert (await second.approvals.get(held.id)).state == "expired"
        assert sorted(await first.told() + await second.told()) == APPROVED
    assert verify(url) == ()
