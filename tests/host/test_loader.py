"""Plugins load one by one, sorted by name; two claims on one name are an error that names both."""

import tomllib
from pathlib import Path

import pytest

from qpf.host.loader import load_plugins
from qpf.host.registry import load_registry
from tests.host.hostile import installed
from tests.host.installing import register

HONEST = "from qpf.api import hookimpl\n\n\n@hookimpl\ndef qpf_passes():\n    return []\n"
PROJECT = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8"))
BUILT_IN = sorted(PROJECT["project"]["entry-points"]["qpf"])


def plugin(site: Path, module: str, text: str, *names: str, distribution: str = "") -> None:
    site.mkdir(exist_ok=True)
    (site / f"{module}.py").write_text(text)
    register(site, distribution or module.replace("_", "-"), "1.0", dict.fromkeys(names or (module,), module))


def test_plugins_come_sorted_by_name(tmp_path: Path) -> None:
    for name in ("zz_last", "aa_first", "mm_middle"):
        plugin(tmp_path / name, name, HONEST)
    with installed(*(tmp_path / name for name in ("mm_middle", "zz_last", "aa_first"))):
        outcome = load_plugins()
    assert [each.name for each in outcome.value.plugins] == sorted(
        [*BUILT_IN, "aa_first", "mm_middle", "zz_last"]
    )
    assert outcome.report.diagnostics == ()


def test_only_the_named_plugins_load(tmp_path: Path) -> None:
    plugin(tmp_path / "site", "broken", "raise ValueError")
    with installed(tmp_path / "site"):
        outcome = load_plugins(["agent_schema"])
    assert [each.name for each in outcome.value.plugins] == ["agent_schema"]
    assert not outcome.report.failed


def test_an_unknown_name_is_a_finding_with_a_guess() -> None:
    (found,) = load_plugins(["agent_shema"]).report.diagnostics
    assert (found.code.id, found.hint) == ("QPF003", "did you mean `agent_schema`?")


def test_two_plugins_of_one_name_are_refused(tmp_path: Path) -> None:
    plugin(tmp_path / "one", "one_twin", HONEST, "twin")
    plugin(tmp_path / "two", "two_twin", HONEST, "twin")
    with installed(tmp_path / "one", tmp_path / "two"):
        (found,) = load_plugins().report.diagnostics
    assert (found.code.id, found.plugin) == ("QPF002", "twin")
    assert found.message == "two plugins are named `twin`: one of one-twin, one of two-twin"


def test_one_plugin_under_two_names_is_refused(tmp_path: Path) -> None:
    plugin(tmp_path / "site", "double", HONEST, "double_a", "double_b")
    with installed(tmp_path / "site"):
        (found,) = load_plugins().report.diagnostics
    assert found.code.id == "QPF002"
    assert "`double_a`" in found.message
    assert "`double_b`" in found.message


def test_nobody_takes_the_name_of_the_compiler(tmp_path: Path) -> None:
    plugin(tmp_path / "site", "impostor", HONEST, "qpf")
    with installed(tmp_path / "site"):
        (found,) = load_plugins().report.diagnostics
    assert found.code.id == "QPF001"
    assert "the name `qpf` is the compiler's own" in found.message


@pytest.mark.parametrize("value", ["nothing_here:plugin", "os:no_such_name", "not a reference"])
def test_an_entry_point_that_leads_nowhere_is_a_finding(value: str, tmp_path: Path) -> None:
    register(tmp_path, "astray", "1.0", {"astray": value})
    with installed(tmp_path):
        (found,) = load_plugins().report.diagnostics
    assert (found.code.id, found.plugin) == ("QPF001", "astray")


def test_an_optional_hook_of_a_later_host_is_ignored(tmp_path: Path) -> None:
    text = HONEST + "\n\n@hookimpl(optionalhook=True)\ndef qpf_migrations_of_tomorrow():\n    return []\n"
    plugin(tmp_path / "site", "early", text)
    with installed(tmp_path / "site"):
        outcome = load_plugins()
    assert not outcome.report.failed
    assert "early" in [each.name for each in outcome.value.plugins]


def test_a_plugin_may_be_an_object(tmp_path: Path) -> None:
    text = (
        "from qpf.api import Pass, hookimpl\n\n\nclass Plugin:\n    @hookimpl\n    def qpf_passes(self):\n"
        "        return [Pass('of-an-object', 5, (), lambda agent, environment: [])]\n\n\nplugin = Plugin()\n"
    )
    site = tmp_path / "site"
    site.mkdir()
    (site / "objective.py").write_text(text)
    register(site, "objective", "1.0", {"objective": "objective:plugin"})
    with installed(site):
        registry = load_registry().value
    assert "of-an-object" in [each.value.name for each in registry.passes if each.plugin == "objective"]


def test_an_interrupt_passes_through(tmp_path: Path) -> None:
    plugin(tmp_path / "site", "impatient", "raise KeyboardInterrupt")
    with installed(tmp_path / "site"), pytest.raises(KeyboardInterrupt):
        load_plugins()
