"""Every code is declared once, owned, well named, documented and tried out."""

import re
from pathlib import Path

import pytest

from qpf.api import Code
from tools import installed, reference_codes

ROOT = Path(__file__).parent.parent.parent
CODES = [(module, code) for declared in installed.codes().values() for module, code in declared]
IDS = [code.id for _, code in CODES]
RANGES = {"qpf": "0123489", "agent_schema": "4567"}


def test_codes_are_declared_once() -> None:
    assert sorted(IDS) == sorted(set(IDS))


def test_names_are_used_once() -> None:
    names = [code.name for _, code in CODES]
    assert sorted(names) == sorted(set(names))


@pytest.mark.parametrize(("module", "code"), CODES, ids=IDS)
def test_code_is_well_formed(module: str, code: Code) -> None:
    assert re.fullmatch(r"QPF\d{3}", code.id)
    assert re.fullmatch(r"[a-z]+(-[a-z0-9]+)*", code.name)
    assert re.fullmatch(r"[^\n]+\.", code.summary)
    assert installed.owner(module) in {"qpf", *installed.plugins()}


@pytest.mark.parametrize(("module", "code"), CODES, ids=IDS)
def test_code_has_an_entry(module: str, code: Code) -> None:
    page = (ROOT / "docs" / "reference" / "codes.md").read_text(encoding="utf-8")
    assert f"\n## {code.id} {code.name}\n" in page
    assert f"(#{reference_codes.anchor(code)}) | {code.name} |" in page


def test_every_rule_explains_itself() -> None:
    passes = [value for _, value in installed.registered("qpf_passes")]
    silent = [each.name for each in passes if "What it does:" not in (each.check.__doc__ or "")]
    assert silent == []


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
