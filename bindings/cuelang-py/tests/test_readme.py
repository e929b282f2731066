"""The README is true."""

import re
from pathlib import Path

import pytest

from cuelang import version

README = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")


def test_example_prints_what_it_says(capsys: pytest.CaptureFixture[str]) -> None:
    code = re.search(r"^```python\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
    printed = re.search(r"^prints `(.+)`\.$", README, re.MULTILINE)
    assert code is not None
    assert printed is not None
    exec(code[1], {})  # noqa: S102  # our own README
    assert capsys.readouterr().out.strip() == printed[1]


def test_engine_is_the_one_it_names() -> None:
    assert f"`cuelang.org/go` {version().engine}" in README
