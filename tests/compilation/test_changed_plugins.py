"""Code of a plugin that changes is seen, however it is installed."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.compilation.chains import swap
from tests.compilation.memory import MESH, compile_fleet, is_seen, small, stand
from tests.host.hostile import installed
from tests.host.installing import register

PLUGIN = """
from qpf.api import Artifact, Emitter, hookimpl


def emit(tools, agent, environment):
    return [Artifact(f"said/{agent.name}.txt", b"one")]


@hookimpl
def qpf_emitters():
    return [Emitter("said", (), emit, lambda tools, environment: [])]
"""


@pytest.fixture
def plugged(tmp_path: Path) -> tuple[Path, Path]:
    """A fleet that a plugin emits, and the folder the plugin is installed in."""
    root, site = tmp_path / "fleet", tmp_path / "site"
    shutil.copytree(MESH, root)
    swap("qpf.yaml", "[python_agent, kubernetes]", "[said]")(root)
    (root / "environments" / "dev" / "environment.yaml").write_text("schema_version: 6.0.0\n")
    site.mkdir()
    return root, site


def _lone(site: Path) -> Path:
    register(site, "said", "0.1.0", {"said": "said_plugin"})
    return site / "said_plugin.py"


def _package(site: Path) -> Path:
    register(site, "said", "0.1.0", {"said": "said_plugin.hooks"})
    (site / "said_plugin").mkdir()
    (site / "said_plugin" / "__init__.py").touch()
    return site / "said_plugin" / "hooks.py"


def _without_init(site: Path) -> Path:
    register(site, "said", "0.1.0", {"said": "said_bare.hooks"})
    (site / "said_bare").mkdir()
    return site / "said_bare" / "hooks.py"


def _linked(site: Path) -> Path:
    place = _package(site)
    place.symlink_to(site.parent / "real.py")
    return site.parent / "real.py"


def _behind_a_linked_folder(site: Path) -> Path:
    _package(site).write_text("from said_plugin.inner.hooks import qpf_emitters\n")
    (site.parent / "real").mkdir()
    (site / "said_plugin" / "inner").symlink_to(site.parent / "real")
    return site.parent / "real" / "hooks.py"


@pytest.mark.parametrize("kind", [_lone, _package, _without_init, _linked, _behind_a_linked_folder])
def test_code_of_a_plugin_that_changed_is_seen(
    plugged: tuple[Path, Path], kind: Callable[[Path], Path]
) -> None:
    root, site = plugged
    code = kind(site)
    code.write_text(PLUGIN)
    said = root / "environments" / "dev" / "said" / "alpha.txt"
    for _ in range(3):
        with installed(site):
            assert compile_fleet(root).status == 0
    assert said.read_text() == "one"
    code.write_text(PLUGIN.replace("one", "three"))
    with installed(site):
        is_seen(root)
    assert said.read_text() == "three"


def test_another_version_of_a_plugin_is_seen(plugged: tuple[Path, Path]) -> None:
    root, site = plugged
    _lone(site).write_text(PLUGIN)
    with installed(site):
        stand(root)
        shutil.rmtree(site / "said-0.1.0.dist-info")
        register(site, "said", "0.2.0", {"said": "said_plugin"})
        is_seen(root)
    assert b"0.2.0" in (root / "environments" / "dev" / "qpf.lock").read_bytes()


@pytest.mark.parametrize("told", ["METADATA", "entry_points.txt"])
def test_what_is_told_of_a_plugin_that_is_rewritten_in_its_place_is_seen(
    plugged: tuple[Path, Path], told: str
) -> None:
    root, site = plugged
    _lone(site).write_text(PLUGIN)
    (site / "shout_plugin.py").write_text(PLUGIN.replace("said", "shout"))
    file = site / "said-0.1.0.dist-info" / told
    more = {"METADATA": ("0.1.0", "0.2.0"), "entry_points.txt": ("said =", "shout = shout_plugin\nsaid =")}
    with installed(site):
        stand(root)
        file.write_text(file.read_text().replace(*more[told]))
        is_seen(root)
        stand(root)


def test_a_plugin_that_is_installed_is_seen(tmp_path: Path) -> None:
    root = small(tmp_path / "fleet")
    (tmp_path / "site").mkdir()
    with installed(tmp_path / "site"):
        stand(root)
        _lone(tmp_path / "site").write_text(PLUGIN)
        is_seen(root)
    assert b"said" in (root / "environments" / "dev" / "qpf.lock").read_bytes()


def test_a_plugin_in_a_folder_that_was_not_there_is_seen(tmp_path: Path) -> None:
    root = small(tmp_path / "fleet")
    with installed(tmp_path / "site"):
        stand(root)
        (tmp_path / "site").mkdir()
        _lone(tmp_path / "site").write_text(PLUGIN)
        is_seen(root)
