"""The plugin as the host sees it: two hooks, nothing imported but the front door, quick."""

import ast
import time
from pathlib import Path

import pluggy
import pytest

import qpf_plugins.agent_schema as plugin
from qpf import hookspecs
from qpf_plugins.agent_schema.sections import SECTIONS
from tests.agent_schema.build import LEAST

FOLDER = Path(plugin.__file__).parent
MODULES = sorted(FOLDER.rglob("*.py"))
MOST_MICROSECONDS = 350


def test_hooks_are_the_host_s() -> None:
    manager = pluggy.PluginManager("qpf")
    manager.add_hookspecs(hookspecs)
    manager.register(plugin)
    manager.check_pending()
    assert [len(list(values)) for values in manager.hook.qpf_sections()] == [12]
    assert manager.hook.qpf_passes()


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(FOLDER).as_posix())
def test_module_sees_the_front_door_only(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    imported = {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    imported |= {
        alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names
    }
    allowed = (
        "qpf.api",
        "pydantic",
        "typing",
        "difflib",
        "fractions",
        "collections.abc",
        "qpf_plugins.agent_schema",
    )
    assert [name for name in imported if not name.startswith(allowed)] == []


def test_an_agent_is_validated_in_no_time() -> None:
    best = min(_microseconds() for _ in range(50))
    assert best < MOST_MICROSECONDS


def _microseconds() -> float:
    start = time.perf_counter()
    for section in SECTIONS:
        section.model.model_validate(LEAST[section.name])
    return (time.perf_counter() - start) * 1e6
