"""What the cache has lost is made again, and only as it was."""

import shutil
from pathlib import Path

from tests.compilation.memory import compile_fleet
from tests.host.hostile import installed, make_fleet
from tests.host.installing import register

RESTLESS = """\
import os

from qpf.api import Artifact, Emitter, hookimpl


def emit(tools, agent, environment):
    yield Artifact(f"restless/{agent.name}.txt", os.urandom(8).hex().encode())


@hookimpl
def qpf_emitters():
    return [Emitter("restless", (), emit, lambda tools, environment: [])]
"""


def lose(root: Path) -> None:
    """Take away what is compiled and the cache; what was known stays."""
    shutil.rmtree(root / ".qpf/cache")
    (root / ".qpf/standstill").unlink(missing_ok=True)
    for path in (root / "environments/test").iterdir():
        if path.is_dir():
            shutil.rmtree(path)


def files(root: Path) -> dict[str, bytes]:
    folder = root / "environments/test"
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_what_the_cache_has_lost_is_made_again(tmp_path: Path) -> None:
    root = make_fleet(tmp_path / "fleet", "python_agent")
    assert compile_fleet(root).status == 0
    before = files(root)
    lose(root)
    assert compile_fleet(root).status == 0
    assert files(root) == before


def test_what_comes_out_otherwise_is_not_written_under_the_lock_of_what_was(tmp_path: Path) -> None:
    root, site = make_fleet(tmp_path / "fleet", "restless"), tmp_path / "site"
    site.mkdir()
    (site / "restless_plugin.py").write_text(RESTLESS)
    register(site, "restless", "1.0", {"restless": "restless_plugin"})
    with installed(site):
        assert compile_fleet(root).status == 0
        lose(root)
        run = compile_fleet(root)
    assert run.status == 1
    assert "it cannot be made again" in str(run)
    assert not (root / "environments/test/restless").exists()
