"""Everything a plugin author may touch is documented."""

import inspect
from pathlib import Path

import pytest

from qpf import api, hookspecs
from tools import reference_api

ROOT = Path(__file__).parent.parent.parent
REFERENCE = ROOT / "docs" / "reference"
HOOKS = sorted(name for name in vars(hookspecs) if name.startswith("qpf_"))


@pytest.mark.parametrize("name", api.__all__)
def test_api_name_has_an_entry(name: str) -> None:
    page = (REFERENCE / "api.md").read_text(encoding="utf-8")
    value = getattr(api, name)
    if name in reference_api.PLAIN:
        assert f"\n### {name}\n" in page
    else:
        assert f"\n::: {value.__module__}.{value.__qualname__}\n" in page
        assert inspect.getdoc(value)


@pytest.mark.parametrize("name", HOOKS)
def test_hook_has_an_entry(name: str) -> None:
    page = (REFERENCE / "hooks.md").read_text(encoding="utf-8")
    assert f"\n## {name}\n" in page
    assert inspect.getdoc(getattr(hookspecs, name))


@pytest.mark.parametrize("name", HOOKS)
def test_hook_takes_nothing(name: str) -> None:
    assert not inspect.signature(getattr(hookspecs, name)).parameters


def test_api_exports_nothing_by_accident() -> None:
    public = {
        name for name in vars(api) if not name.startswith("_") and not inspect.ismodule(getattr(api, name))
    }
    assert public == set(api.__all__)
