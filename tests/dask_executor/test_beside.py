"""What a worker is given is done in a process beside it, which limits hold and which nothing outlives."""

import os
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest

from qpf_plugins.dask_executor.beside import do_beside
from tests.compilation.test_limits import AT_LEISURE, LIMITS, TAKES, built, fleet_beside
from tests.dask_executor.farm import (
    NO_MERCY,
    die_of_poison,
    die_once,
    farm,
    is_gone,
    kill_worker_once,
    opened,
    pid_in,
    poison_workers,
    remote,
    say_who,
    say_who_at_leisure,
)
from tests.host.hostile import installed

pytestmark = [pytest.mark.network, pytest.mark.slow, pytest.mark.xdist_group("dask")]


def test_what_a_process_died_of_is_done_by_another(pool, tmp_path):
    assert list(pool.run(die_once, [str(tmp_path / "died").encode()])) == [(0, b"done")]


def test_what_kills_is_told_and_costs_no_worker(pool):
    before = dict(pool.run(say_who, [b""]))
    answers = dict(pool.run(die_of_poison, [b"a", b"poison", b"b"]))
    assert (answers[0], answers[2]) == (b"A", b"B")
    assert str(answers[1]).endswith(
        ": the process that worked on it was ended by SIGKILL, the second to die of it"
    )
    assert dict(pool.run(say_who, [b""])) != before


def test_what_a_worker_died_of_is_done_by_another(tmp_path):
    with farm(tmp_path / "farm") as made, made.worker("one"), made.worker("two"):
        pool = opened(made.address)
        assert list(pool.run(kill_worker_once, [str(tmp_path / "died").encode()])) == [(0, b"done")]
        pool.close()


def test_what_kills_workers_is_told_and_the_rest_is_done(tmp_path):
    with farm(tmp_path / "farm", **NO_MERCY) as made, made.worker("one"), made.worker("two"):
        pool = opened(made.address)
        answers = dict(pool.run(poison_workers, [b"a", b"poison", b"b"]))
        pool.close()
    assert (answers[0], answers[2]) == (b"A", b"B")
    assert str(answers[1]).endswith(": workers that were given it died (1 times)")


def test_a_process_is_kept_for_the_next_order(pool):
    assert len({pid for _, pid in pool.run(say_who, [b""] * 4)}) == 1


def test_threads_work_side_by_side():
    with ThreadPoolExecutor(2) as threads:
        pids = set(threads.map(do_beside, [say_who_at_leisure] * 2, [b"", b""]))
    assert len(pids) == 2
    assert os.getpid() not in map(int, pids)


def test_a_process_ends_with_its_worker(tmp_path):
    with farm(tmp_path / "farm") as made, made.worker("one") as worker, closing(opened(made.address)) as pool:
        ((_, pid),) = pool.run(say_who, [b""])
        worker.kill()
        assert is_gone(pid_in(pid))


@pytest.mark.parametrize(("deed", "told"), TAKES.values(), ids=TAKES)
def test_what_takes_too_much_is_one_finding_there_too(deed, told, tmp_path):
    root, site = fleet_beside(tmp_path, deed, limits=AT_LEISURE if "memory" in told else LIMITS)
    path = ":".join([str(site), *filter(None, sys.path)])
    with installed(site), farm(tmp_path / "farm") as made, made.worker("limited", PYTHONPATH=path):
        pool = opened(made.address)
        outcome, errors = built(
            root, lambda _, front, tiers: remote(pool, front, lambda key, payload: tiers.put({key: payload}))
        )
        pool.close()
    (found,) = outcome.report.diagnostics
    assert (found.code.id, found.subject, errors["archivist"]) == ("QPF072", "adder", "")
    assert told in found.message
