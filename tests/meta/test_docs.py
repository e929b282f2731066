"""The documentation is true: commands work as printed, generated pages are fresh, the site stays at home."""

import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.host.installing import register
from tests.meta.copies import reference
from tests.meta.printed import BLOCK, Reader, assert_printed

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
def test_how_to_evolve_a_schema_works_as_printed(tmp_path: Path) -> None:
    page = DOCS / "how-to" / "evolve-a-schema.md"
    assert Reader(tmp_path).follow(page.read_text(encoding="utf-8")) >= 7


@pytest.mark.slow
def test_how_to_compare_schemas_works_as_printed(tmp_path: Path) -> None:
    page = DOCS / "how-to" / "compare-schemas.md"
    assert Reader(tmp_path).follow(page.read_text(encoding="utf-8")) >= 12


def test_what_the_page_on_editors_says_of_schemas_is_what_is_written(tmp_path: Path) -> None:
    page = (DOCS / "how-to" / "use-in-an-editor.md").read_text(encoding="utf-8")
    reader = Reader(tmp_path)
    reader.run("qpf init", "")
    assert reader.follow(page) == 1
    settings = (tmp_path / ".vscode" / "settings.json").read_text(encoding="utf-8")
    assert "".join(settings.split()) in "".join(page.split())


def test_how_to_format_files_works_as_printed(tmp_path: Path) -> None:
    page = DOCS / "how-to" / "format-files.md"
    assert Reader(tmp_path).follow(page.read_text(encoding="utf-8")) >= 5


@pytest.mark.slow
def test_how_to_judge_findings_works_as_printed(tmp_path: Path) -> None:
    page = DOCS / "how-to" / "judge-findings.md"
    assert Reader(tmp_path).follow(page.read_text(encoding="utf-8")) >= 10


@pytest.mark.slow
def test_how_to_write_constraints_works_as_printed(tmp_path: Path) -> None:
    page = DOCS / "how-to" / "write-constraints.md"
    assert Reader(tmp_path).follow(page.read_text(encoding="utf-8")) >= 4


@pytest.mark.slow
def test_plugin_of_the_how_to_page_works(tmp_path: Path) -> None:
    page = (DOCS / "how-to" / "write-a-plugin.md").read_text(encoding="utf-8")
    blocks = BLOCK.findall(page)
    project = tomllib.loads(next(text for language, _, text in blocks if language == "toml"))["project"]
    package = tmp_path / "site" / "qpf_acme"
    package.mkdir(parents=True)
    code = "\n".join(text for language, _, text in blocks if language == "python")
    (package / "__init__.py").write_text(code, encoding="utf-8")
    register(tmp_path / "site", project["name"], project["version"], project["entry-points"]["qpf"])
    reader = Reader(tmp_path)
    reader.environment["PYTHONPATH"] = str(tmp_path / "site")
    reader.run("qpf init fleet", "")
    reader.folder /= "fleet"
    add(
        reader.folder / "base" / "service.yaml",
        "reasoningengine: {}",
        'reasoningengine: {primary_model: "x:y"}',
    )
    reader.run("qpf validate", "ACM401 no-budget]: keeper calls x:y and may spend any amount")
    add(reader.folder / "agents" / "keeper.yaml", "metadata:", "costs: {monthly_budget: 10.0}\nmetadata:")
    add(reader.folder / "qpf.yaml", "[python_agent]", "[python_agent, acme]")
    reader.run("qpf compile", "")
    written = reader.folder / "environments" / "dev" / "budgets" / "keeper.json"
    assert json.loads(written.read_text(encoding="utf-8")) == {"limit": 10.0}


def add(path: Path, old: str, new: str) -> None:
    """Change a file as a person would."""
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


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
