"""A small fleet beside one badly behaved plugin, and what the command line says of it."""

import importlib
import json
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.command import run
from tests.host.installing import install_module

FIXTURES = Path(__file__).parent.parent / "fixtures" / "hostile"
FLEET = Path(__file__).parent.parent / "fleets" / "flat"

QPF_YAML = """\
fleet: flat
schema_version: 6.0.0
environments:
  test: {branch: main}
targets: [%s]
"""


def make_fleet(root: Path, *targets: str) -> Path:
    """A copy of the flat fleet with one environment and the given targets."""
    shutil.copytree(FLEET, root)
    shutil.rmtree(root / "environments" / "live")
    (root / "environments" / "test" / "environment.yaml").write_text("schema_version: 6.0.0\n")
    (root / "qpf.yaml").write_text(QPF_YAML % ", ".join(targets))
    return root


@contextmanager
def installed(*folders: Path) -> Iterator[None]:
    """Folders on the path, and nothing of theirs left in this process afterwards."""
    with pytest.MonkeyPatch.context() as patch:
        before = set(sys.modules)
        for folder in folders:
            patch.syspath_prepend(folder)
        importlib.invalidate_caches()
        yield
        for name in set(sys.modules) - before:
            if any(str(getattr(sys.modules[name], "__file__", "")).startswith(str(each)) for each in folders):
                del sys.modules[name]
    importlib.invalidate_caches()


def run_with(
    name: str, tmp_path: Path, *command: str, root: Path | None = None
) -> tuple[int, dict[str, Any]]:
    """Run a command with one hostile plugin installed: the exit status, and the JSON it printed."""
    site = tmp_path / "site"
    install_module(FIXTURES / f"{name}.py", site, plugin=name)
    with installed(site):
        status, output = run([*command, "-o", "json"], root or make_fleet(tmp_path / "fleet", "python_agent"))
    return status, json.loads(output)
