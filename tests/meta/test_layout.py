"""Shape of the source: small files, plain names, one direction."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
SOURCES = ("compiler", "plugins", "runtime", "tools", "benchmarks")
PYTHON = sorted(
    path.relative_to(ROOT).as_posix()
    for folder in (*SOURCES, "tests")
    for path in (ROOT / folder).rglob("*.py")
    if "environments" not in path.parts
)
SHIPPED = [name for name in PYTHON if not name.startswith("tests/")]
MOST_LINES = 300
EXCEPTION = re.compile(r"# (?:noqa: [A-Z0-9, ]+|noqa$|type: ignore(?:\[[a-z, -]+\])?)(.*)$", re.MULTILINE)
VAGUE = {"utils", "util", "common", "helpers", "helper", "manager", "handler", "misc"}


@pytest.mark.parametrize("name", PYTHON)
def test_file_is_short(name: str) -> None:
    assert len((ROOT / name).read_text(encoding="utf-8").splitlines()) <= MOST_LINES


def test_files_are_short_as_a_rule() -> None:
    lengths = sorted(len((ROOT / name).read_text(encoding="utf-8").splitlines()) for name in SHIPPED)
    assert lengths[len(lengths) // 2] <= 100


def test_no_name_says_nothing() -> None:
    assert [name for name in PYTHON if set(Path(name).with_suffix("").parts) & VAGUE] == []


@pytest.mark.parametrize("name", [name for name in SHIPPED if not name.endswith("__init__.py")])
def test_module_says_what_it_is(name: str) -> None:
    assert ast.get_docstring(ast.parse((ROOT / name).read_text(encoding="utf-8")))


def test_compiler_knows_no_platform() -> None:
    texts = {
        path: path.read_bytes().lower()
        for path in (ROOT / "compiler").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert [path for path, text in texts.items() if b"kubernetes" in text] == []


@pytest.mark.parametrize("name", SHIPPED)
def test_exceptions_to_a_rule_have_a_reason(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    assert [match[0] for match in EXCEPTION.finditer(text) if not re.search(r"[a-z]{3}", match[1])] == []


def test_skipping_is_not_an_answer() -> None:
    words = ("pytest.mark." + "skip", "pytest." + "skip(", "import" + "orskip", "@unittest." + "skip")
    texts = {name: (ROOT / name).read_text(encoding="utf-8") for name in PYTHON if name.startswith("tests/")}
    assert [name for name, text in texts.items() if any(word in text for word in words)] == []
