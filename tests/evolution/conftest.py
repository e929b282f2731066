"""The smallest fleet, to be grown old."""

import shutil
from pathlib import Path

import pytest

from tests.evolution.fleets import FLEETS


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    return shutil.copytree(FLEETS / "tiny", tmp_path / "tiny")
