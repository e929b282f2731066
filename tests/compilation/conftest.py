"""Two fleets: one that shows much, one that is larger than an order."""

import shutil
from pathlib import Path

import pytest

from benchmarks.fleet import make
from tests.compilation.compiling import compiled, front_of

FLEETS = Path(__file__).parent.parent / "fleets"


@pytest.fixture(scope="session", params=["mesh", "forty"])
def fleet(request, tmp_path_factory):
    """A fleet, and what compiling it in one process gives."""
    root = tmp_path_factory.mktemp("fleets") / request.param
    if request.param == "mesh":
        shutil.copytree(FLEETS / "mesh", root)
    else:
        make(40, root)
    front = front_of(root)
    files, report = compiled(front, tmp_path_factory.mktemp("alone"))
    assert files
    assert not report.failed
    return front, files
