"""What the engine cannot bring to an end costs the file and the document it happened with, no more."""

import os
import signal
import time
from collections.abc import Callable
from typing import Any

import pytest

from cuelang import Constraints, Limits
from cuelang.process import LostError

EXPLODES = "_a0: [0,0,0,0,0,0,0,0,0,0]\n" + "\n".join(
    f"_a{index + 1}: [for x in _a{index} for y in _a{index} {{x}}]" for index in range(8)
)
HUNGRY = 'import "list"\nn: int\nif n > 5 {_x: list.Range(0, 300000000, 1)}'
QUICK = Limits(document_seconds=1.0)


def on(condition: str, text: str) -> str:
    return f"n: int\nif {condition} {{\n{text}\n}}"


def test_constraints_that_hang_by_themselves_are_one_finding() -> None:
    with Constraints({"a.cue": "n: >1", "hang.cue": EXPLODES, "z.cue": "n: <5"}, QUICK) as constraints:
        findings = list(constraints.vet([("d", {"n": 9}), ("e", {"n": 0})]))
    assert [(each.kind, each.document, each.constraints[0].file) for each in findings] == [
        ("unfinished", "", "hang.cue"),
        ("value", "d", "z.cue"),
        ("value", "e", "a.cue"),
    ]


def test_a_document_that_hangs_is_a_finding_and_the_others_are_vetted() -> None:
    files = {"a.cue": "n: >1", "hang.cue": on("n == 3", EXPLODES), "z.cue": "n: <5"}
    with Constraints(files, QUICK) as constraints:
        assert constraints.findings == ()
        verdicts = list(constraints.verdicts((str(n), {"n": n}) for n in range(20)))
    assert [verdict.document for verdict in verdicts if not verdict.finished] == ["3"]
    assert [verdict.document for verdict in verdicts if verdict.findings and verdict.finished] == [
        *"01", *map(str, range(5, 20)),
    ]  # fmt: skip


def test_what_else_is_wrong_with_the_document_that_hangs_is_found() -> None:
    with Constraints({"hang.cue": on("n == 9", EXPLODES), "z.cue": "n: <5"}, QUICK) as constraints:
        (verdict,) = constraints.verdicts({"d": {"n": 9}})
    assert [(each.kind, each.constraints[0].file) for each in verdict.findings] == [
        ("unfinished", "hang.cue"),
        ("value", "z.cue"),
    ]


def test_constraints_that_hang_again_are_not_asked_again() -> None:
    files = {"hang.cue": on("n > 3", EXPLODES), "z.cue": "n: <90"}
    began = time.monotonic()
    with Constraints(files, Limits(document_seconds=0.5, patience=2)) as constraints:
        verdicts = list(constraints.verdicts((str(n), {"n": n}) for n in range(100)))
    assert [verdict.document for verdict in verdicts if not verdict.finished] == [
        str(n) for n in range(4, 100)
    ]
    assert sum(each.kind == "value" for verdict in verdicts for each in verdict.findings) == 10
    assert time.monotonic() - began < 20


@pytest.mark.slow
def test_memory_is_bounded() -> None:
    limits = Limits(memory_bytes=1 << 28, document_seconds=60.0)
    with Constraints({"a.cue": "n: >1", "hungry.cue": HUNGRY}, limits) as constraints:
        verdicts = list(constraints.verdicts([("d", {"n": 9}), ("e", {"n": 0})]))
    assert [[(each.kind, each.constraints[0].file) for each in verdict.findings] for verdict in verdicts] == [
        [("unfinished", "hungry.cue")],
        [("value", "a.cue")],
    ]
    assert "256 MiB" in verdicts[0].findings[0].message


def test_processor_time_is_bounded() -> None:
    limits = Limits(cpu_seconds=1, document_seconds=60.0)
    with Constraints({"hang.cue": on("n > 3", EXPLODES)}, limits) as constraints:
        (finding,) = constraints.vet({"d": {"n": 9}})
    assert finding.kind == "unfinished"
    assert "processor time" in finding.message


def test_all_together_is_bounded() -> None:
    files = {"a.cue": "n: <50", "hang.cue": on("n == 3", EXPLODES)}
    with Constraints(files, Limits(overall_seconds=0.5)) as constraints:
        verdicts = list(constraints.verdicts((str(n), {"n": n}) for n in range(100)))
    assert len(verdicts) == 100
    assert [verdict.document for verdict in verdicts if not verdict.finished] == [
        str(n) for n in range(3, 100)
    ]


WORKS = 'import "list"\n' + on(
    "n > 3", "_a: [for x in list.Range(0, 80, 1) for y in list.Range(0, 80, 1) {x + y}]"
)
"""Takes the engine a moment."""


def test_the_time_of_all_documents_is_that_of_one_question() -> None:
    with Constraints({"a.cue": WORKS}, Limits(overall_seconds=1.5)) as constraints:
        assert constraints.findings == ()
        began = time.monotonic()
        while time.monotonic() - began < 2.5:
            assert list(constraints.vet({"d": {"n": 9}})) == []


def test_a_document_has_its_time_again_without_the_file_that_it_hung_with() -> None:
    files = {f"hang{each}.cue": on("n == 9", EXPLODES) for each in range(3)} | {"z.cue": "n: <5"}
    with Constraints(files, Limits(document_seconds=0.5)) as constraints:
        began = time.monotonic()
        (verdict,) = constraints.verdicts({"d": {"n": 9}})
        assert time.monotonic() - began > 1.5
    assert [(each.kind, each.constraints[0].file) for each in verdict.findings] == [
        ("unfinished", "hang0.cue"),
        ("unfinished", "hang1.cue"),
        ("unfinished", "hang2.cue"),
        ("value", "z.cue"),
    ]


@pytest.mark.parametrize("text", [WORKS, on("n == 9", EXPLODES)])
def test_a_question_after_one_that_took_too_long_is_answered(text: str) -> None:
    with Constraints({"a.cue": text}, Limits(overall_seconds=0.1)) as constraints:
        assert constraints.findings == ()
        verdicts = list(constraints.verdicts((str(n), {"n": 9}) for n in range(100)))
        assert "all documents together" in verdicts[-1].findings[0].message
        (finding,) = constraints.vet({"other": {"n": "none"}})
    assert (finding.document, finding.kind) == ("other", "value")


def test_what_new_helpers_take_is_part_of_the_time_of_all_documents(monkeypatch: pytest.MonkeyPatch) -> None:
    starts = []
    start = Constraints._start

    def slow(self: Constraints) -> None:
        starts.append(self)
        time.sleep(0.4)
        start(self)

    verdicts = []
    with Constraints({"a.cue": "n: <5"}, Limits(overall_seconds=1.0, patience=100)) as constraints:
        assert constraints.findings == ()
        monkeypatch.setattr(Constraints, "_start", slow)
        for verdict in constraints.verdicts((str(n), {"n": 9}) for n in range(100)):
            verdicts.append(verdict)
            assert constraints._process is not None
            os.kill(constraints._process.pid, signal.SIGKILL)
    assert len(starts) <= 3
    assert len(verdicts) == 100
    assert "all documents together" in verdicts[-1].findings[0].message


def test_processor_time_is_not_used_up_by_many_small_questions() -> None:
    with Constraints({"a.cue": WORKS}, Limits(cpu_seconds=1)) as constraints:
        assert constraints.findings == ()
        helpers: set[int] = set()
        while len(helpers) < 3:
            assert list(constraints.vet({"d": {"n": 9}})) == []
            assert constraints._process is not None
            helpers.add(constraints._process.pid)
        assert not constraints.lost


def test_who_lost_a_helper_says_so() -> None:
    with Constraints({"hang.cue": on("n == 3", EXPLODES)}, Limits(document_seconds=0.5)) as constraints:
        assert list(constraints.vet({"d": {"n": 1}})) == []
        assert not constraints.lost
        assert len(list(constraints.vet({"d": {"n": 3}}))) == 1
        assert constraints.lost


def test_a_helper_that_is_killed_costs_one_document_at_most() -> None:
    with Constraints({"a.cue": "n: <5"}) as constraints:
        verdicts = []
        for verdict in constraints.verdicts((str(n), {"n": n}) for n in range(40)):
            verdicts.append(verdict)
            if verdict.document == "20":
                assert constraints._process is not None
                os.kill(constraints._process.pid, signal.SIGKILL)
    assert [verdict.document for verdict in verdicts] == [str(n) for n in range(40)]
    assert sum(not verdict.finished for verdict in verdicts) <= 1
    assert all(verdict.findings for verdict in verdicts[5:])


@pytest.mark.parametrize("text", ["A0:A&A\nA:A0:A0:A,A", "a: b: a", "#A: {n: int, m: #A}\na: #A"])
def test_what_once_hung_the_engine_ends(text: str) -> None:
    with Constraints({"x.cue": text, "ok.cue": "n: >5"}, QUICK) as constraints:
        assert constraints.findings
        assert [each.constraints[0].file for each in constraints.vet({"d": {"n": 1}}) if each.document] == [
            "ok.cue"
        ]


def lose(monkeypatch: pytest.MonkeyPatch, lost: Callable[[dict[str, Any]], bool]) -> None:
    """From now on helpers are lost with some requests."""
    asked = Constraints._asked

    def losing(self: Constraints, request: dict[str, Any]) -> dict[str, Any]:
        answer = asked(self, request)
        if lost(request):
            assert self._process is not None
            self._process.close()
            message = "was lost"
            raise LostError(message)
        return answer

    monkeypatch.setattr(Constraints, "_asked", losing)


AGAIN = "the engine was lost when it was started again"


def test_constraints_that_a_later_helper_cannot_build_are_skipped_and_said_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with Constraints({"a.cue": "n: <5", "b.cue": "n: <6"}) as constraints:
        assert constraints.findings == ()
        constraints.close()
        lose(monkeypatch, lambda request: request == {"build": 0})
        verdicts = list(constraints.verdicts([("d", {"n": 9}), ("e", {"n": 0})]))
    told = [[(each.kind, each.constraints[0].file) for each in verdict.findings] for verdict in verdicts]
    assert told == [[("skipped", "a.cue"), ("value", "b.cue")], [("skipped", "a.cue")]]
    assert [verdict.findings[0].message for verdict in verdicts] == [AGAIN] * 2


def test_constraints_that_a_later_helper_cannot_read_are_skipped_and_said_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with Constraints({"a.cue": "n: <5", "b.cue": "n: <6"}) as constraints:
        assert constraints.findings == ()
        constraints.close()
        lose(monkeypatch, lambda request: bool(request.get("read")))
        verdicts = list(constraints.verdicts([("d", {"n": 9}), ("e", {"n": 0})]))
    told = [[(each.kind, each.constraints[0].file) for each in verdict.findings] for verdict in verdicts]
    assert told == [[("skipped", "a.cue"), ("skipped", "b.cue")]] * 2
    assert {each.message for verdict in verdicts for each in verdict.findings} == {AGAIN}
    assert not any(verdict.finished for verdict in verdicts)
