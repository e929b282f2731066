"""Work that waits together is one transaction, and each piece fails alone: on SQLite and on PostgreSQL."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Column, Integer, MetaData, Table
from sqlalchemy.exc import IntegrityError, OperationalError, ProgrammingError

from qpf_runtime.database import Database
from qpf_runtime.engines import open_engine, postgresql_url
from qpf_runtime.errors import DatabaseGone, Unavailable
from qpf_runtime.migrations import prepare

pytestmark = [pytest.mark.anyio, pytest.mark.network]


KEPT = Table("kept", MetaData(), Column("n", Integer, primary_key=True, autoincrement=False))


def make(engine):
    KEPT.metadata.create_all(engine)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request, tmp_path):
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'kept.db'}"
    return postgresql_url(request.getfixturevalue("postgres").create())


@pytest.fixture
async def database(url):
    made = Database(url, make)
    yield made
    await made.close()


def add(number):
    def work(connection):
        connection.execute(KEPT.insert(), {"n": number})
        return number

    return work


def numbers(connection):
    return [row[0] for row in connection.exec_driver_sql("SELECT n FROM kept ORDER BY n")]


async def together(database, *works):
    """Do works in one batch: the thread is held until all of them wait."""
    started, go = threading.Event(), threading.Event()

    def hold(_connection):
        started.set()
        return go.wait(30)

    held = asyncio.create_task(database.run(hold))
    assert await asyncio.to_thread(started.wait, 30)
    tasks = [asyncio.create_task(database.run(*work)) for work in works]
    await asyncio.sleep(0)
    go.set()
    await held
    return await asyncio.gather(*tasks, return_exceptions=True)


def divide(_connection):
    return 1 / 0


def nonsense(connection):
    connection.exec_driver_sql("SELECT nothing FROM nowhere")


async def test_each_piece_of_a_batch_fails_alone(database):
    await database.run(add(1))
    done = await together(
        database,
        [add(2)],
        [add(1)],  # is there
        [add(3), divide],
        [add(4), add(4)],
        [add(5), add(6)],
        [divide],
        [add(7)],
    )
    assert [type(each) for each in done] == [
        int,
        IntegrityError,
        ZeroDivisionError,
        IntegrityError,
        int,
        ZeroDivisionError,
        int,
    ]
    assert await database.run(numbers) == [1, 2, 5, 6, 7]


async def test_the_last_and_the_first_piece_may_fail(database):
    done = await together(database, [divide], [add(1)], [add(1)])
    assert [type(each) for each in done] == [ZeroDivisionError, int, IntegrityError]
    assert await database.run(numbers) == [1]


async def test_work_alone_that_fails_leaves_nothing(database):
    for failing in (divide, add(1)):
        with pytest.raises((ZeroDivisionError, IntegrityError)):
            await database.run(add(1), add(2), failing)
    assert await database.run(numbers) == []


async def test_a_statement_that_is_none_fails_alone_and_is_no_outage(url, database):
    done = await together(database, [add(1)], [add(2), nonsense], [add(3)])
    assert [type(each) for each in (done[0], done[2])] == [int, int]
    assert isinstance(done[1], OperationalError if url.startswith("sqlite") else ProgrammingError)
    assert await database.run(numbers) == [1, 3]


async def test_many_at_once_are_all_there(database):
    done = await asyncio.gather(*(database.run(add(number)) for number in range(500)))
    assert done == list(range(500))
    assert await database.run(numbers) == list(range(500))


async def test_a_work_may_go_on_after_a_savepoint_of_its_own(database):
    def work(connection):
        for number in (1, 1, 2):
            try:
                with connection.begin_nested():
                    connection.execute(KEPT.insert(), {"n": number})
            except IntegrityError:
                continue

    done = await together(database, [work], [add(2)], [add(3)])
    assert [type(each) for each in done] == [type(None), IntegrityError, int]
    assert await database.run(numbers) == [1, 2, 3]


async def surely(database, work):
    """Do some work again for as long as nothing was done: somebody else held the lock for too long."""
    while True:
        try:
            return await database.run(work)
        except Unavailable:
            await asyncio.sleep(0.01)


async def test_two_processes_that_write_the_same_have_one_effect(url, database):
    other = Database(url, make)
    for each in (database, other):
        await each.run(numbers)  # `make`, unlike `prepare`, must not be run by two at a time
    mine = asyncio.gather(*(surely(database, add(n)) for n in range(50)), return_exceptions=True)
    theirs = asyncio.gather(*(surely(other, add(n)) for n in range(50)), return_exceptions=True)
    outcomes = list(zip(await mine, await theirs, strict=True))
    await other.close()
    assert all(sorted(map(type, pair), key=str) == [int, IntegrityError] for pair in outcomes)
    assert await database.run(numbers) == list(range(50))


def test_many_may_open_a_new_file_at_once(tmp_path):
    def open_one(number, together):
        together.wait()
        open_engine(f"sqlite:///{tmp_path / str(number)}").connect().close()

    with ThreadPoolExecutor(8) as pool:
        for number in range(40):
            together = threading.Barrier(8)
            for opened in [pool.submit(open_one, number, together) for _ in range(8)]:
                opened.result()


async def test_a_server_that_ends_takes_the_whole_batch_and_the_next_one_works(postgres):
    database = Database(postgresql_url(postgres.create()), make)
    await database.run(add(1))
    query = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'qpf'"

    def end(_connection):
        postgres.execute(query)

    done = await together(database, [add(2)], [end], [add(3)])
    assert [type(each) for each in done] == [DatabaseGone] * 3
    assert await database.run(numbers) == [1]
    await database.close()


async def test_a_deadlock_is_a_passing_failure(postgres):
    url = postgresql_url(postgres.create())
    one, two = Database(url, make), Database(url, make)
    both = threading.Barrier(2)

    def cross(first, second):
        def work(connection):
            add(first)(connection)
            both.wait(30)
            add(second)(connection)

        return work

    await one.run(numbers)
    await two.run(numbers)
    done = await asyncio.gather(one.run(cross(1, 2)), two.run(cross(2, 1)), return_exceptions=True)
    assert DatabaseGone in {type(each) for each in done}
    assert await one.run(numbers) in ([1, 2], [])
    await one.close()
    await two.close()


async def test_a_database_that_does_not_answer_is_given_up_and_opened_again(url):
    database = Database(url, prepare)
    failures = [Unavailable("not yet"), None]

    def reluctant(engine):
        if failure := failures.pop(0):
            raise failure
        make(engine)

    database._prepare = reluctant
    with pytest.raises(Unavailable, match="not yet"):
        await database.run(numbers)
    assert await database.run(numbers) == []
    await database.close()


async def test_a_file_that_is_gone_is_missed_and_found_again_when_it_is_back(tmp_path):
    path = tmp_path / "kept.db"
    database = Database.file(path, make)
    await database.run(add(1))
    path.rename(tmp_path / "away.db")
    for _ in range(2):
        with pytest.raises(Unavailable, match=r"kept\.db is gone"):
            await database.run(add(2))
    assert not path.exists()
    (tmp_path / "away.db").rename(path)
    await database.run(add(3))
    assert await database.run(numbers) == [1, 3]
    await database.close()
