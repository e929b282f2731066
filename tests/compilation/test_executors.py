"""A plugin's executor does what it should, or is one sentence that names it and no secret."""

import pytest

from qpf.compilation.executors import GuardedPool, executor_of
from qpf.host.plugin import Registered
from qpf.host.registry import Registry
from qpf.model.executor import Executor, ExecutorError
from tests.compilation.compiling import Here

ADDRESS = "tcp://robot:hush@host:7?token=shush"


def registry(opener):
    return Registry(executors=(Registered("acme", Executor("farm", opener), "acme"),))


def pool_of(opener):
    pool = executor_of(f"farm:{ADDRESS}", registry(opener), 3).value
    assert isinstance(pool, GuardedPool)
    return pool


class Saying:
    """A pool that hands over what it is told to."""

    def __init__(self, answers):
        self.answers = answers

    def run(self, work, orders):
        list(orders)
        yield from self.answers

    def close(self):
        message = "it does not want to"
        raise RuntimeError(message)


def test_a_misspelt_executor_is_a_finding_with_the_nearest():
    outcome = executor_of("frm:tcp://host", registry(Here), 1)
    (found,) = outcome.report.diagnostics
    assert outcome.value is None
    assert (found.code.name, found.hint) == ("unknown-scheme", "did you mean `farm`?")
    assert found.message == "no installed plugin has an executor `frm`"


def test_where_no_plugin_has_executors_the_way_out_is_told():
    (found,) = executor_of("farm", Registry(), 1).report.diagnostics
    assert found.hint == "leave `--executor` out to compile on this machine"


def test_a_pool_is_opened_once_when_there_is_work():
    opened = []

    def opener(address, jobs):
        opened.append((address, jobs))
        return Here()

    pool = pool_of(opener)
    pool.close()
    assert opened == []
    for _ in range(2):
        assert dict(pool.run(bytes.upper, [b"a", b"b"])) == {0: b"A", 1: b"B"}
    assert opened == [(ADDRESS, 3)]


def test_what_an_order_failed_of_is_told_without_secrets():
    pool = pool_of(lambda _address, _jobs: Saying([(0, ExecutorError(f"{ADDRESS} lost it, robot hush"))]))
    ((number, said),) = pool.run(bytes.upper, [b"a"])
    assert (number, str(said)) == (0, "farm at tcp://host:7: *** lost it, *** ***")


def test_an_address_without_a_scheme_is_called_what_it_is():
    pool = executor_of(
        "farm:here", registry(lambda _address, _jobs: Saying([(0, ExecutorError("no"))])), 3
    ).value
    assert isinstance(pool, GuardedPool)
    ((_, said),) = pool.run(bytes.upper, [b"a"])
    assert str(said) == "farm at here: no"


def test_an_order_has_one_answer():
    pool = pool_of(lambda _address, _jobs: Saying([(0, b"A"), (0, b"B"), (7, b"C")]))
    assert list(pool.run(bytes.upper, [b"a"])) == [(0, b"A")]


@pytest.mark.parametrize("answer", [None, b"A", (0, "A"), ("0", b"A"), (0, b"A", 1), (0, ValueError())])
def test_anything_but_an_answer_blames_the_plugin(answer):
    pool = pool_of(lambda _address, _jobs: Saying([answer]))
    with pytest.raises(ExecutorError, match=r"plugin `acme` handed over .*, which is no answer"):
        list(pool.run(bytes.upper, [b"a"]))


@pytest.mark.parametrize("error", [RuntimeError("hush"), SystemExit("hush"), MemoryError()])
def test_a_crash_is_a_sentence_that_names_the_plugin(error):
    def opener(_address, _jobs):
        raise error

    with pytest.raises(ExecutorError, match="farm at tcp://host:7: plugin `acme` crashed: ") as caught:
        list(pool_of(opener).run(bytes.upper, [b"a"]))
    assert "hush" not in str(caught.value)


def test_nobody_is_looked_for_twice_where_nobody_is():
    opened = []

    def opener(address, jobs):
        opened.append((address, jobs))
        message = "nobody is there"
        raise ExecutorError(message)

    pool = pool_of(opener)
    for _ in range(3):
        with pytest.raises(ExecutorError, match="farm at tcp://host:7: nobody is there"):
            list(pool.run(bytes.upper, [b"a"]))
    assert len(opened) == 1


def test_ctrl_c_passes_through():
    def opener(_address, _jobs):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        list(pool_of(opener).run(bytes.upper, [b"a"]))


def test_a_pool_that_does_not_close_is_left_to_itself():
    pool = pool_of(lambda _address, _jobs: Saying([]))
    assert list(pool.run(bytes.upper, [])) == []
    pool.close()
