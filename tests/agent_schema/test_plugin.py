"""The plugin as the host sees it: two hooks, nothing imported but the front door."""

import ast
from pathlib import Path

import pluggy
import pytest

import qpf_plugins.agent_schema as plugin
from qpf import hookspecs

FOLDER = Path(plugin.__file__).parent
MODULES = sorted(FOLDER.rglob("*.py"))


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
