"""What a small agent compiles to, file by file, as reviewers read it; `QPF_BLESS=1 pytest …` rewrites it."""

import os
import shutil
from pathlib import Path

from tests.python_agent.bench import emit
from tests.python_agent.watch_fleet import fleet

CASE = Path(__file__).parent / "cases" / "watch"
SUFFIX = ".expected"  # so that no tool takes the files for code of this repository


def test_fleet_compiles_to_the_golden_files() -> None:
    actual = {artifact.path: artifact.content.decode() for artifact in emit(fleet())}
    if os.environ.get("QPF_BLESS") == "1":
        shutil.rmtree(CASE, ignore_errors=True)
        for path, text in actual.items():
            (CASE / path).parent.mkdir(parents=True, exist_ok=True)
            (CASE / (path + SUFFIX)).write_text(text, encoding="utf-8", newline="\n")
    expected = {
        path.relative_to(CASE).as_posix().removesuffix(SUFFIX): path.read_text(encoding="utf-8")
        for path in CASE.rglob(f"*{SUFFIX}")
    }
    assert sorted(actual) == sorted(expected)
    for path, text in expected.items():
        assert actual[path] == text, path
