"""Every code is declared once, owned, well named, documented and shown by a case."""

import re
from pathlib import Path

import pytest

from qpf.api import Code
from qpf.host.catalogue import catalogue, core
from tools import code_cases, installed, reference_codes

ROOT = Path(__file__).parent.parent.parent
CODES = [(module, code) for declared in installed.codes().values() for module, code in declared]
IDS = [code.id for _, code in CODES]
WITHOUT_CASE = Path(__file__).parent / "codes_without_case.txt"


def test_codes_are_declared_once() -> None:
    assert sorted(IDS) == sorted(set(IDS))


def test_names_are_used_once() -> None:
    names = [code.name for _, code in CODES]
    assert sorted(names) == sorted(set(names))


def test_the_catalogue_knows_every_code() -> None:
    assert [*catalogue(reference_codes.registry())] == IDS
    declared = {code.id for module, code in CODES if module.startswith("qpf.")}
    assert core().keys() == declared


@pytest.mark.parametrize(("module", "code"), CODES, ids=IDS)
def test_code_is_well_formed(module: str, code: Code) -> None:
    assert re.fullmatch(r"QPF\d{3}", code.id)
    assert re.fullmatch(r"[a-z]+(-[a-z0-9]+)*", code.name)
    assert re.fullmatch(r"[^\n]+\.", code.summary)
    assert installed.owner(module) in {"qpf", *installed.plugins()}


@pytest.mark.parametrize(("module", "code"), CODES, ids=IDS)
def test_code_has_an_entry(module: str, code: Code) -> None:
    folder = ROOT / "docs" / "reference"
    index = (folder / "codes.md").read_text(encoding="utf-8")
    assert f"| {reference_codes.link(code)} | {code.name} |" in index
    page = (folder / "codes" / f"{code.id}.md").read_text(encoding="utf-8")
    assert page.startswith(f"# {code.id} {code.name}\n\n{code.summary}\n")
    assert f"found by `{installed.owner(module)}`" in page


def test_every_rule_explains_itself() -> None:
    passes = [value for _, value in installed.registered("qpf_passes")]
    silent = [each.name for each in passes if "What it does:" not in (each.check.__doc__ or "")]
    assert silent == []


def test_every_page_is_of_a_code() -> None:
    folder = ROOT / "compiler" / "qpf" / "host" / "pages"
    assert {path.stem for path in folder.iterdir()} <= core().keys()


def test_every_page_of_a_plugin_is_of_a_code_that_no_docstring_explains() -> None:
    pages = {path.stem for path in (ROOT / "plugins").rglob("pages/*.md")}
    passes = [value for _, value in installed.registered("qpf_passes")]
    assert len(pages) >= 3
    assert pages <= {code.id for each in passes for code in each.codes[1:]}
    assert pages & {code.id for each in passes for code in each.codes[:1]} == set()


def test_every_page_says_what_is_done_why_and_what_to_do() -> None:
    folder = ROOT / "compiler" / "qpf" / "host" / "pages"
    for path in sorted(folder.glob("*.md")):
        heads = re.findall(r"^\*\*(.+)\*\*$", path.read_text(encoding="utf-8"), re.MULTILINE)
        assert heads[:2] == ["What it does", "Why is this bad"], path.name
        assert heads[2:] in (["Example", "Use instead"], ["What to do"]), path.name


def test_every_code_is_shown_by_a_case_but_those_that_are_listed() -> None:
    """The list may only grow shorter: a code is given a case when it is made."""
    listed = WITHOUT_CASE.read_text(encoding="utf-8").split()
    assert sorted(code.id for _, code in CODES if code_cases.case_of(code) is None) == listed


def test_every_code_is_reported_by_some_test() -> None:
    told = "\n".join(
        path.read_text(encoding="utf-8", errors="replace")  # some test inputs are no UTF-8, on purpose
        for path in sorted((ROOT / "tests").rglob("*"))
        if path.suffix in {".py", ".txt", ".yaml", ".yml", ".json", ".md", ".toml"}
        and "meta" not in path.parts
    )
    untold = [f"{code.id} {code.name}" for module, code in CODES if not mentioned(module, code, told)]
    assert untold == []


def mentioned(module: str, code: Code, told: str) -> bool:
    """Whether tests speak of a code by its id, its name, its constant or the module of its rule."""
    words = [code.id, code.name, code.name.replace("-", "_"), code.name.replace("-", "_").upper()]
    words.append(module.rpartition(".")[2]) if module.endswith(code.name.replace("-", "_")) else None
    return any(word in told for word in words)
