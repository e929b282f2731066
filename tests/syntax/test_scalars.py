"""What a plain scalar means: the core schema of YAML 1.2, where readers differ most."""

import pytest

from qpf.syntax.codes import LEADING_ZERO, NON_FINITE_NUMBER, NON_STRING_KEY, NUMBER_TOO_LONG
from qpf.syntax.reader import read_yaml
from tests.syntax.readers import data_of

VALUES = {
    # null and booleans, and the words that used to be booleans
    "": None, "~": None, "null": None, "Null": None, "NULL": None, "nULL": "nULL", "None": "None",
    "true": True, "True": True, "TRUE": True, "tRUE": "tRUE",
    "false": False, "False": False, "FALSE": False,
    "no": "no", "No": "No", "off": "off", "on": "on", "yes": "yes", "y": "y", "n": "n", "Y": "Y", "N": "N",
    # integers
    "0": 0, "-0": 0, "12": 12, "+12": 12, "-12": -12, "0o17": 15, "0x1F": 31, "0x1f": 31,
    "-0o17": "-0o17", "0O17": "0O17", "0X1F": "0X1F", "0b101": "0b101", "1_000": "1_000", "0o8": "0o8",
    "12345678901234567890": 12345678901234567890, "-12345678901234567890": -12345678901234567890,
    "١٢": "١٢",
    # floats
    "1.0": 1.0, "1.": 1.0, ".5": 0.5, "-.5": -0.5, "1e3": 1000.0, "1E3": 1000.0, "1e+3": 1000.0,
    "1e-3": 0.001, "6e2": 600.0, "1.10": 1.1, "1.5e3": 1500.0, "0.0": 0.0, ".": ".", "+": "+", "e3": "e3",
    "1e": "1e", "1.2.3": "1.2.3", "6.0.0": "6.0.0",
    # what was sexagesimal, a date, a time, a version, a digest
    "22:22": "22:22", "190:20:30": "190:20:30", "2024-01-02": "2024-01-02", "2024-13-01": "2024-13-01",
    "2001-12-14t21:59:43.10-05:00": "2001-12-14t21:59:43.10-05:00", "1:2": "1:2",
    ".infinity": ".infinity", "nan": "nan", "inf": "inf", "-.nan": "-.nan",
    "=": "=", "<": "<", "name": "name", "true story": "true story", "12 m": "12 m", "-x": "-x",
}  # fmt: skip


@pytest.mark.parametrize(("text", "value"), VALUES.items())
def test_plain_scalar_means_what_the_core_schema_says(text: str, value: object) -> None:
    outcome = read_yaml("a.yaml", f"k: {text}\n".encode())
    found = data_of(outcome)["k"]
    assert (found, type(found), outcome.report.diagnostics) == (value, type(value), ())


@pytest.mark.parametrize("style", ['"{}"', "'{}'", "|-\n  {}", ">-\n  {}"])
@pytest.mark.parametrize("text", ["no", "1e3", "0o17", "null", "~", "0644", ".inf", "2024-01-02", "<<"])
def test_quoted_and_block_scalars_are_text(style: str, text: str) -> None:
    outcome = read_yaml("a.yaml", f"k: {style.format(text)}\n".encode())
    assert (data_of(outcome), outcome.report.diagnostics) == ({"k": text}, ())


@pytest.mark.parametrize("text", [".inf", "-.inf", "+.Inf", ".NaN", "1e999", "123e4567", "-9e9999"])
def test_number_that_is_not_finite_is_refused(text: str) -> None:
    (found,) = read_yaml("a.yaml", f"k: {text}\n".encode()).report.diagnostics
    assert (found.code, str(found.span)) == (NON_FINITE_NUMBER, "a.yaml:1:4")


@pytest.mark.parametrize(
    "text",
    [
        "123456789012345678901",
        "-" + "9" * 21,
        "1" * 5000,
        "0x" + "f" * 5000,
        "0o" + "7" * 5000,
        "0x" + "f" * 17,
    ],
)
def test_integer_of_more_than_twenty_digits_is_refused(text: str) -> None:
    (found,) = read_yaml("a.yaml", f"k: {text}\n".encode()).report.diagnostics
    assert (found.code, found.span.end_column) == (NUMBER_TOO_LONG, 4 + len(text))
    assert len(found.message) < 100


@pytest.mark.parametrize(("text", "value"), [("0644", 644), ("007", 7), ("08", 8), ("-010", -10), ("00", 0)])
def test_leading_zero_is_decimal_and_warned_about(text: str, value: int) -> None:
    outcome = read_yaml("a.yaml", f"k: {text}\n".encode())
    assert data_of(outcome) == {"k": value}
    assert [found.code for found in outcome.report.diagnostics] == [LEADING_ZERO]
    assert not outcome.report.failed


def test_leading_zero_tells_every_reading() -> None:
    (found,) = read_yaml("a.yaml", b"mode: 0644\n").report.diagnostics
    assert found.hint == (
        'write `644` for the number, `"0644"` for the text, `0o644` for the octal number (420)'
    )


def test_a_million_zeros_are_zero_not_a_crash() -> None:
    outcome = read_yaml("a.yaml", b"k: " + b"0" * 1_000_000 + b"\n")
    assert data_of(outcome) == {"k": 0}


@pytest.mark.parametrize("text", [key for key, value in VALUES.items() if key and isinstance(value, str)])
def test_key_that_is_text_is_taken(text: str) -> None:
    outcome = read_yaml("a.yaml", f"{text}: v\n".encode())
    assert (data_of(outcome), outcome.report.diagnostics) == ({text: "v"}, ())


@pytest.mark.parametrize("text", [key for key, value in VALUES.items() if key and not isinstance(value, str)])
def test_key_that_is_not_text_is_refused(text: str) -> None:
    (found,) = read_yaml("a.yaml", f"a: 1\n{text}: v\n".encode()).report.diagnostics
    assert (found.code, found.span.line, found.span.column) == (NON_STRING_KEY, 2, 1)


@pytest.mark.parametrize("text", ["1", "true", "~", "0o17", ".inf", "no"])
def test_quoted_key_is_text(text: str) -> None:
    outcome = read_yaml("a.yaml", f'"{text}": v\n'.encode())
    assert (data_of(outcome), outcome.report.diagnostics) == ({text: "v"}, ())
