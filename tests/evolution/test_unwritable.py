"""Commands that edit sources, where one of them cannot be written."""

from collections.abc import Callable
from pathlib import Path

import pytest

from qpf.io.files import replace_source
from tests.command import run
from tests.evolution.fixing import label
from tests.evolution.fleets import AGENT, SUB, grow_old, replace

UNEVEN = ("schema_version: ", "schema_version:   ")


def uneven(root: Path) -> None:
    for name in (AGENT, SUB):
        replace(root / name, UNEVEN)


def labelled(root: Path) -> None:
    label(root)
    replace(root / SUB, ("role:", "metadata: {labels: {squad: y}}\nrole:"))


def old(root: Path) -> None:
    grow_old(root)
    replace(root / SUB, ("schema_version: 6.0.0", "schema_version: 5.9.0"))


@pytest.mark.parametrize(
    ("prepare", "command"),
    [(uneven, ["format"]), (labelled, ["validate", "--fix"]), (old, ["migrate", "--write"])],
)
def test_what_cannot_be_written_is_no_bug_and_nothing_after_it_is_written(
    prepare: Callable[[Path], None], command: list[str], tiny: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path, content: bytes) -> None:
        if path.name == Path(SUB).name:
            raise PermissionError(13, "Permission denied")
        replace_source(path, content)

    prepare(tiny)
    before = {name: (tiny / name).read_bytes() for name in (AGENT, SUB)}
    monkeypatch.setattr("qpf.cli.edits.replace_source", refuse)
    status, output = run(command, tiny)
    assert status == 2
    assert f"cannot write {SUB}: Permission denied; nothing after it was written" in output
    assert (tiny / AGENT).read_bytes() != before[AGENT]
    assert (tiny / SUB).read_bytes() == before[SUB]
    assert not (tiny / "CHANGELOG.md").exists()
