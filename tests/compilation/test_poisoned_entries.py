"""Entries that are sealed as they should be and hold what qpf never wrote are misses with a note, no more."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from qpf.engine.entry import read, seal
from qpf.engine.findings import to_plain
from qpf.engine.record import Values, read_record, write_values
from qpf.model.diagnostic import Code, Diagnostic, Fix, Note, Report, Severity, TextEdit
from qpf.model.node import thaw
from qpf.model.span import Span
from tests.compilation.memory import compile_fleet, emitted
from tests.host.hostile import make_fleet

Poison = Callable[[bytes], bytes]


def file_with(place: int, value: object) -> Poison:
    """A pack of whose first file one thing is said otherwise."""

    def poison(payload: bytes) -> bytes:
        head, _, body = payload.partition(b"\n")
        table = json.loads(head)
        table["files"][0][place] = value
        return json.dumps(table, separators=(",", ":")).encode() + b"\n" + body

    return poison


def file_named(path: str) -> Poison:
    """A pack whose first file lies elsewhere."""
    return file_with(0, path)


def head_with(place: int, value: object) -> Poison:
    """A record of which one field is another."""

    def poison(payload: bytes) -> bytes:
        head, _, body = payload.partition(b"\n")
        fields = json.loads(head)
        fields[place] = value
        return json.dumps(fields, separators=(",", ":")).encode() + b"\n" + body

    return poison


def values_with(change: Callable[[dict[str, Any]], None]) -> Poison:
    """A record of an agent whose sections are others."""

    def poison(payload: bytes) -> bytes:
        head, shown, _ = payload.split(b"\n", 2)
        sections = thaw(Values(read_record(payload).values))
        change(sections)
        return b"\n".join((head, shown, write_values(sections)))

    return poison


def finding_with(place: int, value: object) -> Poison:
    """A record with a finding of which one field is another."""
    code = Code("QPF999", "odd", Severity.WARNING, "Odd.")
    span = Span("agents/adder.yaml", 1, 1, 1, 2)
    fix = Fix("mend it", (TextEdit(span, "x"),))
    told = to_plain(Report.of([Diagnostic(code, "odd", span, ("a",), (Note("here", span),), "mend", fix)]))
    (finding,) = json.loads(json.dumps(told))
    finding[place] = value
    return head_with(9, [finding])


PACKS: dict[str, Poison] = {
    "outside": file_named("../../escaped.txt"),
    "absolute": file_named("/escaped.txt"),
    "an input": file_named("environment.yaml"),
    "the lock": file_named("qpf.lock"),
    "of git": file_named(".git/config"),
    "no pack": lambda _payload: b"[]\n",
    "no JSON": lambda payload: b"{" + payload,
    "too deep": lambda _payload: b"[" * 100_000 + b"\n",
    "no path": file_with(0, 1),
    "no size": file_with(2, [1]),
    "half a byte": file_with(2, 0.5),
    "perhaps a program": file_with(3, ["x"]),
    "no emitter": file_with(4, None),
    "an emitter of no name": file_with(4, "\ud800"),
    "no number of tests": lambda payload: payload.replace(b'"tests":', b'"tests":Infinity,"x":', 1),
    "longer": lambda payload: payload + b"more",
    "other content": lambda payload: payload[:-1] + b"?",
    "another agent's": lambda payload: payload.replace(b'"subject":"adder"', b'"subject":"other"'),
}
RECORDS: dict[str, Poison] = {
    "no record": lambda _payload: b"{}\n",
    "no JSON": lambda payload: b"[" + payload,
    "too deep": lambda payload: b"[" * 100_000 + payload,
    "another agent's": head_with(0, "other"),
    "other layers": head_with(1, ["base/nothing.yaml"]),
    "no documents": head_with(2, []),
    "unknown subs": head_with(4, ["nothing"]),
    "no role": head_with(5, {}),
    "no needs": head_with(8, [[]]),
    "no findings": head_with(9, [["x"]]),
    "a finding without code": finding_with(0, [1, "odd", 2, "Odd.", False, False]),
    "a finding that says a number": finding_with(1, 1),
    "a finding that says what no text holds": finding_with(1, "\ud800"),
    "a finding nowhere": finding_with(2, ["agents/adder.yaml", "1", 1, 1, 2]),
    "a finding in no file": finding_with(2, [1, 1, 1, 1, 2]),
    "a finding on no path": finding_with(3, [0.5]),
    "a finding with a note of numbers": finding_with(4, [[1, None]]),
    "a finding with a fix of numbers": finding_with(9, ["mend", [[["x", 1, 1, 1, 2], 1]], "safe"]),
    "no past": head_with(10, [["x"]]),
    "no values": lambda payload: payload.partition(b"\n")[0] + b"\n",
    "values cut off": lambda payload: payload[:-3],
    "no section that there must be": values_with(lambda sections: sections.pop("deployment")),
    "a section that nobody knows": values_with(lambda sections: sections.update(other={})),
    "a section that is a list": values_with(lambda sections: sections.update(deployment=[])),
}


@pytest.fixture
def fleet(tmp_path: Path) -> Path:
    root = make_fleet(tmp_path / "fleet", "python_agent")
    assert compile_fleet(root).status == 0
    return root


def poisoned(root: Path, kind: bytes, poison: Poison) -> None:
    """Poison every entry of a kind, and forget all else."""
    count = 0
    for path in (root / ".qpf/cache").rglob("*"):
        if path.is_file() and b"qpf:" + kind + b":" in path.read_bytes()[:200]:
            key, payload = read(path.read_bytes())
            path.write_bytes(seal(key, poison(payload)))
            count += 1
    assert count
    for name in ("state", "seen"):
        shutil.rmtree(root / ".qpf" / name)
    (root / ".qpf/standstill").unlink(missing_ok=True)


@pytest.mark.parametrize(
    ("kind", "poison"),
    [
        *(pytest.param(b"extraction", each, id=f"pack, {name}") for name, each in PACKS.items()),
        *(pytest.param(b"check", each, id=f"record, {name}") for name, each in RECORDS.items()),
    ],
)
def test_what_qpf_never_wrote_is_a_miss_with_a_note(kind: bytes, poison: Poison, fleet: Path) -> None:
    before = emitted(fleet)
    poisoned(fleet, kind, poison)
    run = compile_fleet(fleet)
    assert run.status == 0, run
    assert "not what qpf writes" in run.errors
    assert emitted(fleet) == before
    assert not [*fleet.parent.rglob("escaped.txt")]
    again = compile_fleet(fleet)
    assert "not what qpf writes" not in again.errors
