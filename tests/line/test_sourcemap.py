"""Every value that changes an artifact is known to reach it, and no other."""

import shutil
from pathlib import Path

import pytest

from qpf import inspection, pipeline
from qpf.host.workspace import Workspace
from qpf.io.worktree import WorkTree
from qpf.model.compiled import Compiled
from qpf.model.node import Scalar
from qpf.stages.provenance import leaves

TINY = Path(__file__).parent.parent / "fleets" / "tiny"


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("fleet") / "fleet"
    shutil.copytree(TINY, root)
    return root


def compiled(root: Path) -> tuple[Workspace, Compiled]:
    workspace = pipeline.load(WorkTree(root)).value
    assert workspace is not None
    (only,) = pipeline.compile_fleet(workspace).value
    return workspace, only


def test_reach_is_what_recompiling_the_changed_source_shows(root: Path) -> None:
    workspace, before = compiled(root)
    reach = inspection.source_map(workspace, before, "keeper").reach(("deployment", "log_level"))
    overlay = root / "environments" / "dev" / "environment.yaml"
    text = overlay.read_text()
    overlay.write_text(text.replace("DEBUG", "ERROR"))
    _, after = compiled(root)
    overlay.write_text(text)
    old, new = before.artifacts_of("keeper"), after.artifacts_of("keeper")
    assert reach == {path for path in old if old[path].content != new[path].content}


def test_every_value_reaches_its_composed_document(root: Path) -> None:
    workspace, only = compiled(root)
    source_map = inspection.source_map(workspace, only, "keeper")
    paths = [
        path
        for path, node in leaves(only.environment.agents["keeper"].composed.body)
        if isinstance(node, Scalar)
    ]
    assert len(paths) > 20
    assert all("composed/keeper.yaml" in source_map.reach(path) for path in paths)
