"""The documentation is true: commands work as printed, generated pages are fresh, the site stays at home."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.meta.copies import reference
from tests.meta.printed import Reader, assert_printed

ROOT = Path(__file__).parent.parent.parent
DOCS = ROOT / "docs"
LOADED = re.compile(
    r"<(?:script|link|img|iframe|source)\b[^>]*?\b(?:src|href)=\"?(https?:|//)", re.IGNORECASE
)
STYLED = re.compile(r"url\(\s*['\"]?(?:https?:|//)|@import\s+['\"](?:https?:|//)")


@pytest.mark.slow
@pytest.mark.network
def test_tutorial_works_as_printed(tmp_path: Path) -> None:
    assert Reader(tmp_path).follow((DOCS / "tutorial.md").read_text(encoding="utf-8")) >= 8


@pytest.mark.slow
@pytest.mark.network
def test_readme_shows_what_happens(tmp_path: Path) -> None:
    reference(tmp_path / "fleet")
    reader = Reader(tmp_path / "fleet")
    reader.run("qpf compile", "")
    assert reader.follow((ROOT / "README.md").read_text(encoding="utf-8")) >= 3


@pytest.mark.slow
def test_reference_is_fresh() -> None:
    done = subprocess.run(
        [sys.executable, ROOT / "tools" / "reference.py", "--check"],
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert done.stdout == ""
    assert done.returncode == 0


@pytest.mark.slow
def test_site_loads_nothing_from_elsewhere(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", tmp_path / "site"],
        cwd=ROOT,
        check=True,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
    )
    pages = {path: path.read_text(encoding="utf-8") for path in (tmp_path / "site").rglob("*.html")}
    styles = {path: path.read_text(encoding="utf-8") for path in (tmp_path / "site").rglob("*.css")}
    assert len(pages) > 15
    assert [path.name for path, text in pages.items() if LOADED.search(text)] == []
    assert [path.name for path, text in styles.items() if STYLED.search(text)] == []


@pytest.mark.parametrize(
    ("expected", "actual"),
    [("", "anything"), ("a\nc", "a\nb\nc"), ("took … s", "took 1.2 s"), ("a", "  a  ")],
)
def test_printed_output_may_leave_out(expected: str, actual: str) -> None:
    assert_printed("command", expected, actual)


@pytest.mark.parametrize(("expected", "actual"), [("a", "b"), ("a\nb", "b\na"), ("took … s", "took 1.2 ms")])
def test_printed_output_may_not_differ(expected: str, actual: str) -> None:
    with pytest.raises(AssertionError, match="but came"):
        assert_printed("command", expected, actual)
