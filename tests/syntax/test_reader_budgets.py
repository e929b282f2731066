"""Documents that ask for too much: refused quickly, in a process that survives."""

import subprocess
import sys

import pytest

from qpf.syntax.budget import MAX_BYTES, MAX_DEPTH, MAX_NODES
from qpf.syntax.reader import read_yaml
from tests.syntax.readers import data_of

MIB = 1024 * 1024


def bomb(levels: int, width: int) -> bytes:
    """Ten names for ten names for ten names …"""
    lines = ["a0: &a0 [x, y]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * width)}]" for n in range(1, levels)]
    return "\n".join(lines).encode()


def nested(opening: str, closing: str, depth: int) -> bytes:
    return f"a: {opening * depth}{closing * depth}\n".encode()


# Each would end a naive reader: by a signal, by memory, by hours, or by an exception nobody expects.
HOSTILE = {
    "lists to the end": (b"a: " + b"[" * 200_000, "QPF122"),
    "lists, four megabytes": (b"[" * (4 * MIB), "QPF122"),
    "mappings to the end": (b"a: " + b"{" * 200_000, "QPF122"),
    "keys in mappings": (b"{a: " * 200_000, "QPF122"),
    "brackets in quotes between": (b'["]", ' * 200_000, "QPF122"),
    "lists over lines": (b"a: " + b"[\n" * 200_000, "QPF122"),
    "dashes in one line": (b"- " * 200_000, "QPF122"),
    "question marks in one line": (b"? " * 200_000, "QPF122"),
    "ever deeper": (b"".join(b" " * n + b"a:\n" for n in range(2_000)), "QPF122"),
    "key nested in key": (b"? " * 99 + b"[" * 100_000, "QPF122"),
    "too many items": (b"a: [" + b"b," * 1_500_000 + b"]", "QPF123"),
    "too many keys": (b"".join(b"k%d: 1\n" % n for n in range(300_000)), "QPF123"),
    "too many small lists": (b"a:\n" + b"- [a, b, c]\n" * 200_000, "QPF123"),
    "too many nulls": (b"a:\n" + b"-\n" * 1_500_000, "QPF123"),
    "billion laughs": (bomb(12, 10), "QPF124"),
    "quadratic laughs": (b"a: &a [" + b"x," * 2_000 + b"]\nb: [" + b"*a," * 2_000 + b"]\n", "QPF124"),
    "long text, many times": (b"a: &a " + b"x" * MIB + b"\nb: [" + b"*a," * 100 + b"]\n", "QPF124"),
    "aliases that nest": (
        b"a0: &a0 [x]\n" + b"".join(b"a%d: &a%d [*a%d]\n" % (n, n, n - 1) for n in range(1, 200)),
        "QPF122",
    ),
    "too large": (b"a: 1\n" + b"#" * MAX_BYTES, "QPF121"),
    "digits": (b"a: " + b"9" * 4_000_000, "QPF118"),
    "float digits": (b"a: 1." + b"9" * 4_000_000, ""),
    "exponent digits": (b"a: 1e" + b"9" * 4_000_000, "QPF117"),
    "one line of text": (b"a: " + b"x " * 2_000_000, ""),
    "one long key": (b"a" * 4_000_000 + b": 1", "QPF101"),
    "open quote over lines": (b'a: "' + b"\n" * 4_000_000, "QPF101"),
    "blank lines": (b"\n" * 4_000_000, "QPF115"),
    "spaces": (b" " * 4_000_000, "QPF115"),
    "comments": (b"#\n" * 2_000_000, "QPF115"),
    "directives": (b"%A b\n" * 100_000, "QPF120"),
    "markers": (b"---\n" * 1_000_000, "QPF114"),
    "anchors": (b"a: " + b"&a " * 1_000_000, "QPF101"),
    "bangs": (b"a: " + b"!" * 4_000_000, "QPF111"),
    "control characters": (b"a: " + b"\x01" * 4_000_000, "QPF105"),
    "accents that are one key each": ("".join(f"e\u0301{n}: 1\n" for n in range(100_000)).encode(), ""),
    "carriage returns": (b"a: 1\r" * 800_000, "QPF105"),
    "tabs": (b"a:\n" + b"\t" * 4_000_000 + b"b", "QPF106"),
}

PROGRAM = """
import sys
from qpf.syntax.reader import read_yaml
from tests.syntax.readers import data_of
outcome = read_yaml("a.yaml", sys.stdin.buffer.read())
print(*sorted({found.code.id for found in outcome.report.diagnostics if found.code.severity > 2}))
"""


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_document_ends_in_one_finding(name: str) -> None:
    content, code = HOSTILE[name]
    run = subprocess.run(
        [sys.executable, "-c", PROGRAM], input=content, capture_output=True, timeout=30, check=False
    )
    assert (run.returncode, run.stdout.decode().split(), run.stderr) == (0, [code] if code else [], b"")


@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ("{a: ", "}")])
def test_depth_of_one_hundred_is_read(opening: str, closing: str) -> None:
    outcome = read_yaml("a.yaml", nested(opening, closing, MAX_DEPTH - 1))
    assert (outcome.value is not None, outcome.report.diagnostics) == (True, ())


@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ("{a: ", "}")])
def test_depth_of_one_hundred_and_one_is_refused_where_it_begins(opening: str, closing: str) -> None:
    (found,) = read_yaml("a.yaml", nested(opening, closing, MAX_DEPTH)).report.diagnostics
    assert (found.code.id, found.span.column) == ("QPF122", 4 + (MAX_DEPTH - 1) * len(opening))


def test_document_of_the_largest_size_is_read() -> None:
    content = b"a: 1\n#"
    outcome = read_yaml("a.yaml", content.ljust(MAX_BYTES, b"x"))
    assert (data_of(outcome), outcome.report.diagnostics) == ({"a": 1}, ())


def test_real_use_of_aliases_is_not_refused() -> None:
    lines = ["default: &default {image: a, env: [x, y, z], probe: {path: /, port: 80}}"]
    lines += [f"service{n}: *default" for n in range(1_000)]
    outcome = read_yaml("a.yaml", "\n".join(lines).encode())
    assert outcome.report.diagnostics == ()
    assert outcome.value.entries["service7"].node is outcome.value.entries["default"].node


def test_aliases_are_charged_with_what_they_expand_to() -> None:
    (found,) = read_yaml("a.yaml", bomb(12, 10)).report.diagnostics
    assert str(found.span).startswith("a.yaml:6:")
    assert found.notes[0].span is not None


def test_budget_of_values_is_exact() -> None:
    fits = b"a: [" + b"b," * (MAX_NODES - 2) + b"]\n"
    assert read_yaml("a.yaml", fits).report.diagnostics == ()
