"""A page that names a test for what it promises names one that exists."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
PAGES = {
    path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8")
    for path in (
        *sorted((ROOT / "docs").glob("*.md")),
        *sorted((ROOT / "docs" / "how-to").glob("*.md")),
        ROOT / "runtime" / "README.md",
    )
}
NAMED = re.compile(r"`((?:bindings/[\w-]+/)?tests/[\w/]+\.py)::(test_\w+)`")
PROMISING = ("docs/delivery.md", "docs/governance.md")


@cache
def named_in(path: str) -> frozenset[str]:
    """Names of the test functions of a file."""
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, functions))


@pytest.mark.parametrize(
    ("page", "path", "name"),
    [(page, path, name) for page, text in PAGES.items() for path, name in NAMED.findall(text)],
)
def test_named_test_exists(page: str, path: str, name: str) -> None:
    assert (ROOT / path).exists(), f"{page} names {path}"
    assert name in named_in(path), f"{page} names {path}::{name}"


@pytest.mark.parametrize("page", PROMISING)
def test_page_that_promises_names_what_holds_it(page: str) -> None:
    assert len(NAMED.findall(PAGES[page])) >= 15
