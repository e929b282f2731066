"""Reading commands write nothing, and print one JSON document where they are asked to."""

import json
import shutil
from pathlib import Path

import pytest
from pytest_regressions.file_regression import FileRegressionFixture

from tests.command import run

TINY = Path(__file__).parent.parent / "fleets" / "tiny"

READERS = (
    ["validate"],
    ["explain", "keeper"],
    ["explain", "keeper", "deployment.log_level"],
    ["explain", "--source", "base/service.yaml:9"],
    ["graph"],
    ["plan"],
    ["plugins"],
    ["golden", "verify"],
    ["drift"],
    ["compile", "--check"],
    ["metrics"],
    ["cache", "stat"],
)

VOLATILE = (["plan"], ["plugins"], ["metrics"], ["cache", "stat"])
"""What they print is another with every change of code, or with every run: digests, times, sizes."""


@pytest.fixture
def fleet(tmp_path: Path) -> Path:
    root = tmp_path / "fleet"
    shutil.copytree(TINY, root)
    assert run(["compile"], root)[0] == 0
    return root


def files(root: Path) -> dict[str, tuple[bytes, int]]:
    return {
        path.relative_to(root).as_posix(): (path.read_bytes(), path.stat().st_mtime_ns)
        for path in root.rglob("*")
        if path.is_file()
    }


@pytest.mark.parametrize("arguments", READERS, ids=" ".join)
def test_reading_leaves_no_trace(arguments: list[str], fleet: Path) -> None:
    before = files(fleet)
    run(arguments, fleet)
    assert files(fleet) == before


@pytest.mark.parametrize("arguments", READERS, ids=" ".join)
def test_json_is_one_versioned_document(
    arguments: list[str], fleet: Path, file_regression: FileRegressionFixture
) -> None:
    _, output = run([*arguments, "-o", "json"], fleet)
    document = json.loads(output)
    assert document["version"] == 1
    assert isinstance(document["findings"], list)
    if arguments not in VOLATILE:
        file_regression.check(output, extension=".json", encoding="utf-8")
