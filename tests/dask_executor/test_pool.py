"""Dask's workers make the tree that one process makes; whoever dies is replaced, or a sentence."""

import importlib
import logging
import socket
import subprocess
import sys
from concurrent.futures import CancelledError
from contextlib import ExitStack, closing
from functools import partial

import pytest

from qpf.model.executor import ExecutorError
from qpf_plugins.dask_executor.pool import DaskPool, _answer
from tests.compilation.compiling import compiled
from tests.compilation.conftest import fleet  # noqa: F401 -- a fixture
from tests.dask_executor.farm import fail, farm, is_gone, opened, pid_in, remote, say_who, shout, threads
from tests.servers import free_port

pytestmark = [pytest.mark.network, pytest.mark.slow, pytest.mark.xdist_group("dask")]

forty = pytest.mark.parametrize("fleet", ["forty"], indirect=True)


def test_a_scheduler_s_workers_make_the_same_tree(fleet, pool, tmp_path):  # noqa: F811 -- the fixture
    front, files = fleet
    made, report = compiled(front, tmp_path, partial(remote, pool))
    assert report.diagnostics == ()
    assert made == files


@forty
@pytest.mark.parametrize("address", ["", "local"])
def test_a_local_cluster_makes_the_same_tree_and_leaves_nothing(address, fleet, tmp_path, monkeypatch):  # noqa: F811
    front, files = fleet
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    before = threads()
    pool = opened(address, jobs=2)
    pids = {pid_in(pid) for _, pid in pool.run(say_who, [b""] * 8)}
    made, report = compiled(front, tmp_path / "fleet", partial(remote, pool))
    assert report.diagnostics == ()
    assert made == files
    assert len(pids) == 2
    assert all(map(is_gone, pids))
    assert threads() == before
    assert [path.name for path in tmp_path.iterdir()] == ["fleet"]


class Killing:
    """A pool of which a worker is killed when the first files have come."""

    def __init__(self, pool, victim):
        self.pool, self.victim = pool, victim

    def run(self, work, orders):
        for answer in self.pool.run(work, orders):
            if b"cpu_seconds" in answer[1]:
                self.victim.kill()
            yield answer

    def close(self):
        self.pool.close()


def test_a_worker_killed_midway_changes_nothing(fleet, worked, pool, tmp_path):  # noqa: F811 -- as above
    front, files = fleet
    with worked.worker("victim") as victim:
        made, report = compiled(front, tmp_path, partial(remote, Killing(pool, victim)))
        assert not victim.running
    assert report.diagnostics == ()
    assert made == files


class Redone:
    """A task whose worker died before its answer was fetched, and which is done again meanwhile."""

    def __init__(self, answer):
        self.statuses = ["lost", "pending", "finished"]
        self.answer = answer

    @property
    def status(self):
        return self.statuses.pop(0)

    def result(self):
        return self.answer


class Recovering:
    """A client all of whose workers die once."""

    loop = None

    def submit(self, do, task, *, pure):
        assert not pure
        return Redone(do(task))


def test_an_answer_that_is_lost_with_its_worker_is_waited_for_again(monkeypatch):
    monkeypatch.setattr("qpf_plugins.dask_executor.pool.as_completed", lambda futures, **_: list(futures))
    pool = DaskPool(Recovering(), ExitStack())  # type: ignore[arg-type]  # all of a client that is asked for
    answers = dict(pool.run(shout, [b"a", b"b"]))
    assert answers == {0: b"A", 1: b"B"}


def test_a_scheduler_that_goes_is_told(tmp_path):
    with farm(tmp_path / "farm") as made, made.worker("one"), closing(opened(made.address)) as pool:
        assert list(pool.run(shout, [b"a"])) == [(0, b"A")]
        answers = pool.run(shout, [b"a", b"b"])
        next(answers)
        made.scheduler.kill()
        with pytest.raises(ExecutorError, match="the scheduler is gone"):
            list(answers)


class Gone:
    """A task that was done, whose scheduler goes before the answer is fetched."""

    def result(self) -> bytes:
        raise CancelledError

    def exception(self) -> Exception:
        raise CancelledError


@pytest.mark.parametrize("status", ["finished", "error", "cancelled"])
def test_a_scheduler_that_goes_while_it_is_asked_is_told(status):
    with pytest.raises(ExecutorError, match="the scheduler is gone"):
        _answer(Gone(), status)  # type: ignore[arg-type]  # all of a future that is asked


@forty
def test_a_worker_with_other_tools_refuses(fleet, tmp_path):  # noqa: F811 -- as above
    front, _ = fleet
    other = tmp_path / "other" / "jinja2-0.1.dist-info"
    other.mkdir(parents=True)
    (other / "METADATA").write_text("Metadata-Version: 2.1\nName: jinja2\nVersion: 0.1\n")
    path = ":".join([str(other.parent), *filter(None, sys.path)])
    with farm(tmp_path / "farm") as made, made.worker("other", PYTHONPATH=path):
        made_files, report = compiled(front, tmp_path, partial(remote, opened(made.address)))
    (found,) = report.diagnostics
    assert (made_files, found.code.name) == ({}, "unlike-worker")
    assert f"jinja2: 0.1 there, {front.tools['jinja2']} here" in found.message


@forty
def test_nobody_at_the_address_is_a_finding(fleet, tmp_path, monkeypatch):  # noqa: F811 -- as above
    front, _ = fleet
    monkeypatch.setattr("qpf_plugins.dask_executor.pool.CONNECT_SECONDS", 0.5)
    address = f"tcp://127.0.0.1:{free_port()}"
    made, report = compiled(front, tmp_path, partial(remote, opened(address)))
    (found,) = report.diagnostics
    assert (made, found.code.name) == ({}, "unfinished-work")
    assert found.message.endswith(
        f"dask at {address}: OSError: Timed out trying to connect to {address} after 0.5 s"
    )


def test_one_who_accepts_and_says_nothing_is_told(monkeypatch):
    monkeypatch.setattr("qpf_plugins.dask_executor.pool.CONNECT_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        pool = opened(f"tcp://127.0.0.1:{silent.getsockname()[1]}")
        with pytest.raises(ExecutorError, match="does not speak as a Dask scheduler does"):
            list(pool.run(shout, [b"a"]))


def test_certificates_that_are_not_configured_are_a_sentence():
    with pytest.raises(ExecutorError, match="perhaps check your TLS configuration"):
        list(opened("tls://127.0.0.1:8786").run(shout, [b"a"]))


def test_a_scheduler_without_workers_is_waited_for_and_told(tmp_path, monkeypatch):
    monkeypatch.setattr("qpf_plugins.dask_executor.pool.PATIENCE_SECONDS", 0.5)
    with farm(tmp_path / "farm") as made:
        pool = opened(made.address)
        with pytest.raises(ExecutorError, match=r"no worker came within 0\.5 s"):
            list(pool.run(shout, [b"a"]))
        pool.close()


def test_a_worker_that_comes_late_is_waited_for(tmp_path, monkeypatch):
    monkeypatch.setattr("qpf_plugins.dask_executor.pool.PATIENCE_SECONDS", 0.05)
    with farm(tmp_path / "farm") as made, made.worker("slow"):
        pool = opened(made.address)
        assert dict(pool.run(shout, [b"a", b"b"])) == {0: b"A", 1: b"B"}
        pool.close()


def test_what_raises_there_is_one_sentence(pool):
    ((_, said),) = pool.run(fail, [b"a"])
    assert str(said).endswith(": ValueError: of two lines")


@pytest.mark.parametrize("lacking", ["qpf_plugins", "known_here"])
def test_a_module_that_a_worker_lacks_is_named(tmp_path, monkeypatch, lacking):
    here, there = tmp_path / "here", tmp_path / "there"
    here.mkdir()
    there.mkdir()
    (here / "known_here.py").write_text("def work(order):\n    return order\n")
    missing = f"No module named {lacking!r}"
    (there / f"{lacking}.py").write_text(f"raise ModuleNotFoundError({missing!r}, name={lacking!r})")
    monkeypatch.syspath_prepend(here)
    with (
        farm(tmp_path / "farm") as made,
        made.worker("one", PYTHONPATH=str(there)),
        closing(opened(made.address)) as pool,
    ):
        ((_, said),) = pool.run(importlib.import_module("known_here").work, [b"a"])
    told = f"a worker lacks the module `{lacking}`: install there what is installed here"
    assert str(said).endswith(told)


NO_ADDRESSES = ["127.0.0.1:8786", "http://host:8786", "tcp:/host", "tcp://host", "tcp://host:port"]


@pytest.mark.parametrize("address", [*NO_ADDRESSES, "tcp://joe:hush@host:8786", "tcp://host:8786?hush"])
def test_an_address_of_another_kind_is_refused(address):
    with pytest.raises(ExecutorError, match="its address must be that of a port, by tcp:// or tls://"):
        list(opened(address).run(shout, [b"a"]))


def test_what_is_not_installed_is_told_with_the_extra(monkeypatch):
    monkeypatch.delitem(sys.modules, "qpf_plugins.dask_executor.pool", raising=False)
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(ExecutorError, match=r"distributed is not installed: pip install 'qpf\[dask\]'"):
        list(opened("tcp://host:8786").run(shout, [b"a"]))


def test_nothing_of_dask_is_imported_before_there_is_work():
    text = "import sys, qpf_plugins.dask_executor as d; d.qpf_executors(); print(*sorted(sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", text], check=True, capture_output=True, text=True)
    assert not {"dask", "distributed", "tornado"} & set(loaded.stdout.split())


def test_dask_says_nothing_itself(pool):
    list(pool.run(shout, [b"a"]))
    for name in ("distributed", "distributed.client"):
        assert logging.getLogger(name).getEffectiveLevel() == logging.CRITICAL
