"""What the pair compiles to, file by file, as reviewers read it; `QPF_BLESS=1 pytest …` rewrites it."""

import os
import shutil
from pathlib import Path

from tests.kubernetes.fleet import rendered
from tests.kubernetes.pair import pair

CASE = Path(__file__).parent / "cases" / "pair"


def test_pair_compiles_to_the_golden_files() -> None:
    actual = {artifact.path: artifact.content.decode() for artifact in rendered(pair())}
    if os.environ.get("QPF_BLESS") == "1":
        shutil.rmtree(CASE, ignore_errors=True)
        for path, text in actual.items():
            (CASE / path).parent.mkdir(parents=True, exist_ok=True)
            (CASE / path).write_text(text, encoding="utf-8", newline="\n")
    expected = {
        path.relative_to(CASE).as_posix(): path.read_text(encoding="utf-8")
        for path in CASE.rglob("*")
        if path.is_file()
    }
    assert sorted(actual) == sorted(expected)
    for path, text in expected.items():
        assert actual[path] == text, path
