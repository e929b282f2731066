"""Whether the expected outputs that tests carry are fresh: blessing them again must change nothing.

Tests that compare with files write those files instead when QPF_BLESS=1. They are run here in a copy of
the repository, so that a check never changes what it checks.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SWITCH = "QPF_BLESS"


def main() -> int:
    """Bless in a copy, and compare the tests of both."""
    names = tracked()
    blessing = [name for name in names if name.startswith("tests/") and blesses(ROOT / name)]
    if not blessing:
        return 0
    with tempfile.TemporaryDirectory(prefix="qpf-expected-") as temporary:
        copy = Path(temporary)
        for name in names:
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, copy / name)
        run = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "--no-header", "-p", "no:cacheprovider", *blessing],
            cwd=copy,
            env={**os.environ, SWITCH: "1"},
            check=False,
        )
        before, after = contents(ROOT, names), contents(copy, written(copy))
    for name in sorted(before.keys() | after.keys()):
        if before.get(name) != after.get(name):
            print(f"not fresh: {name} (run `make bless` and review the difference)")
    return int(before != after or run.returncode != 0)


def blesses(path: Path) -> bool:
    """Whether a test module writes what it expects when asked to."""
    text = path.read_text(encoding="utf-8") if path.name.startswith("test_") else ""
    return SWITCH in text or "file_regression" in text


def tracked() -> list[str]:
    """Every file that git has or would take, and that is there."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    return sorted(name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file())


def written(folder: Path) -> list[str]:
    """Every file of a copy that is not a by-product of Python."""
    return [
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and not {"__pycache__", ".hypothesis", ".pytest_cache"} & set(path.parts)
    ]


def contents(folder: Path, names: list[str]) -> dict[str, bytes]:
    """What the files under tests/ hold."""
    return {name: (folder / name).read_bytes() for name in names if name.startswith("tests/")}


if __name__ == "__main__":
    sys.exit(main())
