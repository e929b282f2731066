"""Alembic's steps give what the code expects, from nothing and from every release, whoever else begins."""

import asyncio
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import inspect

from qpf_runtime import migrations
from qpf_runtime.audit import AuditTrail, row_digest
from qpf_runtime.audit_tables import AUDIT, HEADS
from qpf_runtime.database import TABLES, Database
from qpf_runtime.engines import open_engine, postgresql_url
from qpf_runtime.errors import ConfigurationError
from tests.runtime.stores import Place
from tests.runtime.world import FakeClock

pytestmark = [pytest.mark.anyio, pytest.mark.network]

FIRST_RELEASE = """
CREATE TABLE episodes (id INTEGER NOT NULL, at VARCHAR(32) NOT NULL, agent VARCHAR(40) NOT NULL, kind VARCHAR(40) NOT NULL, subject VARCHAR(200) NOT NULL, correlation_id VARCHAR(200) NOT NULL, content JSON NOT NULL, PRIMARY KEY (id));
CREATE INDEX ix_episodes_at ON episodes (at);
CREATE INDEX ix_episodes_subject ON episodes (subject);
CREATE INDEX ix_episodes_kind ON episodes (kind);
CREATE INDEX ix_episodes_correlation_id ON episodes (correlation_id);
CREATE TABLE audit (id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, at VARCHAR(32) NOT NULL, agent VARCHAR(40) NOT NULL, event VARCHAR(40) NOT NULL, packet_id VARCHAR(200) NOT NULL, outcome VARCHAR(40) NOT NULL, confidence FLOAT, reasons JSON NOT NULL, correlation_id VARCHAR(200) NOT NULL);
CREATE INDEX ix_audit_agent ON audit (agent);
CREATE INDEX ix_audit_correlation_id ON audit (correlation_id);
CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;
CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;
CREATE TRIGGER audit_no_replace BEFORE INSERT ON audit WHEN EXISTS (SELECT 1 FROM audit WHERE id = NEW.id) BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;
INSERT INTO episodes VALUES (7, '2026-01-01T00:00:00.000000+00:00', 'solo', 'note', 's', 'c', '{"n": 1}');
INSERT INTO audit VALUES (3, '2026-01-01T00:00:00.000000+00:00', 'solo', 'decision', 'p1', 'approved', 0.9, '["sure: ü"]', 'c1');
INSERT INTO audit VALUES (4, '2026-01-02T00:00:00.000000+00:00', 'other', 'decision', 'p2', 'blocked', NULL, '[]', 'c2');
INSERT INTO audit VALUES (6, '2026-01-03T00:00:00.000000+00:00', 'solo', 'review_escalation', 'p3', 'kept', 1, '["a", "b"]', 'c3');
"""  # noqa: E501 -- as that release wrote it to the file


@pytest.fixture(params=["sqlite", "postgresql"])
def new(request, tmp_path):
    """Make addresses of empty databases."""
    numbers = iter(range(100))
    if request.param == "sqlite":
        return lambda: f"sqlite:///{tmp_path / f'{next(numbers)}.db'}"
    server = request.getfixturevalue("postgres")
    return lambda: postgresql_url(server.create())


def shape(url):
    """All that a database is but its rows, and the table of its version."""
    engine = open_engine(url)
    found = inspect(engine)
    tables = {}
    for name in sorted(set(found.get_table_names()) - {"alembic_version"}):
        tables[name] = {
            "columns": [
                {key: str(value) for key, value in column.items()} for column in found.get_columns(name)
            ],
            "key": found.get_pk_constraint(name),
            "unique": found.get_unique_constraints(name),
            "indexes": sorted(found.get_indexes(name), key=lambda index: str(index["name"])),
            "options": found.get_table_options(name),
        }
    if url.startswith("sqlite"):
        query = "SELECT name, tbl_name, sql FROM sqlite_master WHERE type = 'trigger' ORDER BY name"
    else:
        query = (
            "SELECT pg_get_triggerdef(t.oid), prosrc FROM pg_trigger t JOIN pg_proc p ON p.oid = tgfoid "
            "WHERE NOT tgisinternal ORDER BY 1"
        )
    with engine.connect() as connection:
        triggers = [tuple(row) for row in connection.exec_driver_sql(query)]
    engine.dispose()
    return tables, triggers


def upgraded(url):
    engine = open_engine(url)
    migrations.prepare(engine)
    engine.dispose()
    return url


def test_the_steps_give_what_the_code_says_at_once(new):
    at_once = new()
    engine = open_engine(at_once)
    migrations.create_all(engine)
    engine.dispose()
    assert shape(upgraded(new())) == shape(at_once)
    assert set(shape(at_once)[0]) == set(TABLES.tables)


def test_latest_is_the_newest_step_and_steps_are_in_one_line():
    config = Config()
    config.set_main_option("script_location", migrations.__path__[0])
    config.set_main_option("path_separator", "os")
    assert ScriptDirectory.from_config(config).get_heads() == [migrations.LATEST]


def test_every_module_that_defines_tables_is_known():
    listed = (
        "import qpf_runtime.agent, qpf_runtime.migrations as m; from qpf_runtime.database import TABLES; "
    )
    alone = "import qpf_runtime.migrations as m, importlib; from qpf_runtime.database import TABLES; "
    load = "[importlib.import_module(owner) for owner in m.OWNERS]; "
    say = "print(sorted(TABLES.tables))"
    texts = [
        subprocess.run([sys.executable, "-c", code + say], check=True, capture_output=True, text=True).stdout
        for code in (listed, alone + load)
    ]
    assert texts[0] == texts[1]


def test_an_upgrade_again_changes_nothing(new):
    url = upgraded(new())
    before = shape(url)
    assert shape(upgraded(url)) == before


async def test_the_first_release_is_upgraded_and_keeps_its_rows(tmp_path):
    old = sqlite3.connect(tmp_path / "solo.db")
    old.executescript(FIRST_RELEASE)
    old.close()
    place = Place(tmp_path)
    opened = place.open()
    (episode,) = await opened.memory.episodic.recall()
    assert episode.content == {"n": 1}
    trail = AuditTrail(opened.database, "solo", FakeClock())
    first, second = await trail.entries()
    assert (first.seq, first.packet_id, first.confidence, first.reasons) == (1, "p1", 0.9, ("sure: ü",))
    assert (second.seq, second.outcome, second.confidence, second.reasons) == (2, "kept", 1.0, ("a", "b"))
    (other,) = await AuditTrail(opened.database, "other", FakeClock()).entries()
    assert (other.seq, other.confidence) == (1, None)
    with sqlite3.connect(tmp_path / "solo.db") as direct, pytest.raises(sqlite3.IntegrityError):
        direct.execute("UPDATE audit SET outcome = 'approved'")
    direct.close()
    await place.close()
    assert shape(f"sqlite:///{tmp_path / 'solo.db'}") == shape(upgraded(f"sqlite:///{tmp_path / 'new.db'}"))


async def test_the_chain_of_the_first_releases_rows_holds(tmp_path):
    old = sqlite3.connect(tmp_path / "solo.db")
    old.executescript(FIRST_RELEASE)
    old.close()
    opened = Place(tmp_path).open()

    def chains(connection):
        return connection.execute(AUDIT.select()).mappings().all(), connection.execute(HEADS.select()).all()

    rows, heads = await opened.database.run(chains)
    ends: dict[str, tuple[int, str]] = {}
    for row in sorted(rows, key=lambda row: row["seq"]):
        assert row["previous"] == ends.get(row["agent"], (0, ""))[1]
        assert row["digest"] == row_digest(row)
        ends[row["agent"]] = (row["seq"], row["digest"])
    assert {head.agent: (head.seq, head.digest) for head in heads} == ends
    await opened.close()


async def test_a_newer_database_is_refused(new):
    url = upgraded(new())
    database = Database(url, migrations.prepare)
    newer = "UPDATE alembic_version SET version_num = '9999'"
    await database.run(lambda connection: connection.exec_driver_sql(newer))
    await database.close()
    with pytest.raises(ConfigurationError, match=r"version 9999, this runtime knows up to \d{4}"):
        await database.run(lambda connection: connection.exec_driver_sql("SELECT 1"))
    await database.close()


async def test_tables_of_no_known_version_are_refused(new):
    url = new()
    database = Database(url, migrations.create_all)
    await database.run(lambda connection: connection.exec_driver_sql("SELECT 1"))
    await database.close()
    again = Database(url, migrations.prepare)
    with pytest.raises(ConfigurationError, match=r"tables of no known version \(approvals, audit, "):
        await again.run(lambda connection: connection.exec_driver_sql("SELECT 1"))
    await again.close()


def test_a_step_that_fails_leaves_nothing_behind(new, monkeypatch):
    url = new()
    engine = open_engine(url)

    def fail(_connection):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        migrations.prepare(engine, also=fail)
    assert inspect(engine).get_table_names() == []
    engine.dispose()


def test_many_processes_may_begin_at_once(new):
    url = new()
    code = (
        "import sys; from qpf_runtime import migrations, engines; "
        "migrations.prepare(engines.open_engine(sys.argv[1]))"
    )

    def start(_number):
        return subprocess.run([sys.executable, "-c", code, url], check=False, capture_output=True, text=True)

    with ThreadPoolExecutor(6) as pool:
        assert [done.stderr for done in pool.map(start, range(6))] == [""] * 6
    assert shape(url) == shape(upgraded(new()))


async def test_a_database_up_to_date_opens_while_somebody_writes(tmp_path):
    path = tmp_path / "busy.db"
    upgraded(f"sqlite:///{path}")
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    engine = open_engine(f"sqlite:///{path}")
    async with asyncio.timeout(30):
        await asyncio.to_thread(migrations.prepare, engine)
    engine.dispose()
    holder.close()


def test_the_driver_of_postgresql_is_ours():
    assert postgresql_url("postgres://u:p%40@h/d") == "postgresql+psycopg://u:p%40@h/d"
    assert psycopg.__version__.startswith("3.")
    for wrong in (
        "mysql://u:hush@h/d",
        "hush",
        "postgresql+asyncpg://u:hush@h/d",
        "postgresql://u:hush@h:x/d",
    ):
        with pytest.raises(ConfigurationError, match="DATABASE_URL") as refused:
            postgresql_url(wrong)
        assert "hush" not in str(refused.value)
