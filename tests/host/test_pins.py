"""A pin is a digest of a plugin's files: of all of them, and of nothing else."""

import importlib
import sys
from pathlib import Path
from types import ModuleType

import pytest

from qpf.host.pins import package_of, pin


@pytest.fixture
def package(tmp_path: Path) -> ModuleType:
    folder = tmp_path / "pinned"
    (folder / "inner").mkdir(parents=True)
    (folder / "__init__.py").write_text("X = 1\n")
    (folder / "inner" / "rules.yaml").write_text("a: 1\n")
    module = ModuleType("pinned")
    module.__path__ = [str(folder)]
    return module


def of(module: ModuleType) -> str:
    return pin("pinned", "1.0", module).digest


def folder_of(module: ModuleType) -> Path:
    return Path(module.__path__[0])


def test_data_counts_like_code(package: ModuleType) -> None:
    before = of(package)
    (folder_of(package) / "inner" / "rules.yaml").write_text("a: 2\n")
    assert of(package) != before


def test_what_a_link_leads_to_counts_as_if_it_were_there(package: ModuleType, tmp_path: Path) -> None:
    before = of(package)
    inner = folder_of(package) / "inner"
    inner.rename(tmp_path / "shared")
    inner.symlink_to(tmp_path / "shared")
    assert of(package) == before
    (tmp_path / "shared" / "rules.yaml").write_text("a: 2\n")
    assert of(package) != before


def test_links_that_go_round_in_circles_come_to_an_end(package: ModuleType, tmp_path: Path) -> None:
    folder = folder_of(package)
    (tmp_path / "shared").mkdir()
    (folder / "shared").symlink_to(tmp_path / "shared")
    before = of(package)
    (tmp_path / "shared" / "back").symlink_to(folder / "inner")
    (folder / "inner" / "there").symlink_to(tmp_path / "shared")
    (folder / "self").symlink_to(folder)
    assert of(package) != before


def test_a_new_name_for_a_file_counts(package: ModuleType) -> None:
    before = of(package)
    rules = folder_of(package) / "inner" / "rules.yaml"
    rules.rename(rules.with_name("rule.yaml"))
    assert of(package) != before


def test_contents_cannot_flow_from_file_to_file(package: ModuleType) -> None:
    first, second = folder_of(package) / "a", folder_of(package) / "b"
    first.write_text("xb")
    second.write_text("y")
    before = of(package)
    first.write_text("x")
    second.write_text("by")
    assert of(package) != before


def test_traces_of_running_do_not_count(package: ModuleType) -> None:
    before = of(package)
    for name in ("__pycache__/x.cpython-311.pyc", "inner/__pycache__/y.pyc", ".mypy_cache/z.json", "old.pyc"):
        file = folder_of(package) / name
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(b"compiled")
    assert of(package) == before


def test_the_place_does_not_count(package: ModuleType, tmp_path: Path) -> None:
    before = of(package)
    moved = tmp_path / "elsewhere"
    folder_of(package).rename(moved)
    package.__path__ = [str(moved)]
    assert of(package) == before


def test_a_package_that_is_no_folder_cannot_be_pinned(package: ModuleType, tmp_path: Path) -> None:
    package.__path__ = [str(tmp_path / "archive.zip" / "pinned")]
    with pytest.raises(OSError, match="pinned"):
        of(package)


def test_a_lone_module_is_its_own_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "lonely_module.py").write_text("X = 1\n")
    monkeypatch.syspath_prepend(tmp_path)
    module = importlib.import_module("lonely_module")
    monkeypatch.delitem(sys.modules, "lonely_module")
    assert package_of(module) == "lonely_module"
    before = of(module)
    (tmp_path / "lonely_module.py").write_text("X = 2\n")
    assert of(module) != before


def test_a_module_of_a_package_is_pinned_with_it() -> None:
    from qpf.host import pins

    assert package_of(pins) == "qpf.host"
