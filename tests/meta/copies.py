"""Copies of this repository's own fleet: what a person wrote, nothing that was compiled from it."""

import shutil
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
SOURCES = (
    "qpf.yaml", "glue.yaml", "migrations", "base", "sub", "agents", "templates", "logic", "examples",
    "environments",
)  # fmt: skip


def reference(folder: Path) -> None:
    """The fleet of this repository, its sources only, its files made in another order each time."""
    folder.mkdir(parents=True)
    names = sorted(
        path.relative_to(ROOT)
        for source in SOURCES
        for path in ([ROOT / source] if (ROOT / source).is_file() else (ROOT / source).rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    )
    wanted = [name for name in names if name.parts[0] != "environments" or name.name == "environment.yaml"]
    for name in reversed(wanted) if folder.name == "x" else wanted:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, folder / name)
