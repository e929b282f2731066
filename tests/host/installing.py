"""Installing a distribution for a test as `pip install --target` would, without a network or pip.

What makes a plugin installed is its files on the path and its metadata beside them; both are
written here from the project's own pyproject.toml.
"""

import shutil
import tomllib
from pathlib import Path


def install(project: Path, target: Path) -> None:
    """Install a project of one import package into a folder of the path."""
    described = tomllib.loads((project / "pyproject.toml").read_text(encoding="utf-8"))
    package = described["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"][0]
    shutil.copytree(
        project / package, target / package, ignore=shutil.ignore_patterns("__pycache__"), dirs_exist_ok=True
    )
    meta = described["project"]
    register(target, meta["name"], meta["version"], meta["entry-points"]["qpf"])


def install_module(source: Path, target: Path, *, plugin: str, distribution: str = "") -> None:
    """Install a single module as a distribution with one plugin."""
    target.mkdir(parents=True, exist_ok=True)
    shutil.copy(source, target / source.name)
    register(target, distribution or f"hostile-{plugin.replace('_', '-')}", "0.1.0", {plugin: source.stem})


def register(target: Path, distribution: str, version: str, plugins: dict[str, str]) -> None:
    """Write the metadata of a distribution."""
    folder = target / f"{distribution.replace('-', '_')}-{version}.dist-info"
    folder.mkdir(parents=True)
    (folder / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {distribution}\nVersion: {version}\n", encoding="utf-8"
    )
    entries = "".join(f"{name} = {value}\n" for name, value in plugins.items())
    (folder / "entry_points.txt").write_text(f"[qpf]\n{entries}", encoding="utf-8")
    (folder / "INSTALLER").write_text("tests\n", encoding="utf-8")
    (folder / "RECORD").write_text("", encoding="utf-8")
