"""Every invariant the architecture page states names a test that exists, or the tool that holds it."""

import ast
import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
PAGE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
INVARIANTS = re.findall(r"^\d+\. (.*(?:\n {3,}.*)*)", PAGE.partition("## Invariants")[2], re.MULTILINE)
NAMED = re.compile(r"`((?:bindings/[\w-]+/)?tests/[\w/]+\.py)::(test_\w+)`")
TOOL = re.compile(r"\*(?:ruff|import-linter)\b[^*]*\*|, import-linter")


def test_invariants_are_counted() -> None:
    numbers = [
        int(number) for number in re.findall(r"^(\d+)\. ", PAGE.partition("## Invariants")[2], re.MULTILINE)
    ]
    assert numbers == list(range(1, len(INVARIANTS) + 1))


@pytest.mark.parametrize("invariant", INVARIANTS)
def test_invariant_names_what_holds_it(invariant: str) -> None:
    assert NAMED.search(invariant) or TOOL.search(invariant)


@pytest.mark.parametrize(("path", "name"), NAMED.findall(PAGE))
def test_named_test_exists(path: str, name: str) -> None:
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    assert name in {
        node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }


def test_named_contracts_exist() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
    named = set(re.findall(r"`([a-z-]+)`", " ".join(re.findall(r"import-linter ([^*.]*)", PAGE))))
    assert named <= {contract["id"] for contract in contracts}
    assert len(named) == len(contracts)


def test_every_package_of_the_compiler_is_described() -> None:
    folders = {path.name for path in (ROOT / "compiler" / "qpf").iterdir() if (path / "__init__.py").exists()}
    described = set(re.findall(r"`(\w+)`", " ".join(re.findall(r"^\| (`.*?) \|", PAGE, re.MULTILINE))))
    assert folders <= described


def test_decisions_are_listed() -> None:
    folder = ROOT / "docs" / "decisions"
    listed = set(re.findall(r"\]\(([\w-]+\.md)\)", (folder / "index.md").read_text(encoding="utf-8")))
    assert listed == {path.name for path in folder.glob("*.md")} - {"index.md"}
