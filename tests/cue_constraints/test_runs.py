"""What a process remembers of the engine from one run to the next: the helper, and no failure."""

from collections.abc import Iterator
from pathlib import Path
from threading import Barrier, Thread
from types import MappingProxyType

import pytest

import cuelang
from cuelang import Finding, Limits, Position
from cuelang.process import Process
from qpf.io.worktree import WorkTree
from qpf.lsp.judging import Judging
from qpf.pipeline import load
from qpf_plugins.cue_constraints import engine
from tests.cue_constraints.test_constraints import EXPLODES, fleet

HANGS = {"a.cue": f"n: int\nif n > 3 {{\n{EXPLODES}\n}}", "z.cue": "n: <5"}


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Half a second for each document."""
    engine._HELD.close()
    init = cuelang.Constraints.__init__
    quick = Limits(document_seconds=0.5)
    monkeypatch.setattr(cuelang.Constraints, "__init__", lambda self, files: init(self, files, quick))
    yield
    engine._HELD.close()


@pytest.fixture
def alive(monkeypatch: pytest.MonkeyPatch) -> list[Process]:
    """The helpers that are started."""
    started: list[Process] = []

    def starting(limits: Limits) -> Process:
        started.append(Process(limits))
        return started[-1]

    monkeypatch.setattr("cuelang.constraints.Process", starting)
    return started


def kinds(found: tuple[Finding, ...]) -> list[tuple[str, str]]:
    return [(each.kind, each.constraints[0].file) for each in found]


def test_what_hung_twice_is_skipped_in_that_run_and_judged_in_the_next() -> None:
    run = MappingProxyType(HANGS)
    hung = [kinds(engine.vet(run, name, {"n": 9})) for name in ("a", "b", "c")]
    assert hung == [[(kind, "a.cue"), ("value", "z.cue")] for kind in ("unfinished", "unfinished", "skipped")]
    assert kinds(engine.vet(run, "d", {"n": 1})) == [("skipped", "a.cue")]
    run = MappingProxyType(HANGS)
    assert engine.vet(run, "a", {"n": 1}) == ()
    assert kinds(engine.vet(run, "b", {"n": 9})) == [("unfinished", "a.cue"), ("value", "z.cue")]


def test_constraints_that_hung_by_themselves_are_tried_again_in_the_next_run() -> None:
    texts = {"a.cue": EXPLODES}
    for run in (MappingProxyType(texts), MappingProxyType(texts)):
        assert kinds(engine.faults(run)) == [("unfinished", "a.cue")]
        assert engine.vet(run, "d", {"n": 9}) == ()


def test_other_constraints_take_the_place_of_those_before(alive: list[Process]) -> None:
    for most in range(4):
        assert len(engine.vet({"a.cue": f"n: <{most}"}, "d", {"n": 9})) == 1
    assert [each._child.poll() is None for each in alive] == [False, False, False, True]


def test_runs_over_the_same_constraints_share_a_helper(alive: list[Process]) -> None:
    for _ in range(4):
        assert len(engine.vet(MappingProxyType({"a.cue": "n: <5"}), "d", {"n": 9})) == 1
    assert len(alive) == 1


def test_threads_that_ask_anything_wait_for_their_turn(alive: list[Process]) -> None:
    texts = MappingProxyType({f"{n}.cue": f'n: <5 @qpf(code="L9-{n}")' for n in range(30)})
    questions = (
        lambda: len(engine.faults(texts)),
        lambda: len(engine.rules(texts)) + 1,
        lambda: len(engine.vet(texts, "d", {"n": 9})) + 2,
    )
    together, answers = Barrier(12), list[int]()

    def ask(first: int) -> None:
        together.wait()
        answers.extend(questions[(first + step) % 3]() for step in range(3))

    threads = [Thread(target=ask, args=(number,)) for number in range(12)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert sorted(answers) == [0] * 12 + [31] * 12 + [32] * 12
    assert len(alive) == 1


def test_an_editor_asks_again_of_what_the_engine_came_to_no_end_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An agent is skipped for what others did; it is as it was when they are mended."""
    root = fleet(tmp_path, a="deployment: replicas: >=1")
    hung = (Finding("skipped", "it hung", "keeper", constraints=(Position("base/constraints/a.cue", 1, 1),)),)
    judging, told = Judging({}), []
    for found in (hung, ()):
        monkeypatch.setattr(engine, "vet", lambda *_, found=found: found)
        workspace = load(WorkTree(root)).value
        assert workspace is not None
        told.append([each.code.id for each in judging.fleet(workspace, lambda: None).diagnostics])
    assert told == [["QPF393"], []]
