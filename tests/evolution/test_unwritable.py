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


@pytest.mark.parametrize("moment", range(3))
def test_a_changelog_misses_nothing_though_the_command_was_stopped(
    moment: int, tiny: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = moment

    def stop(path: Path, content: bytes) -> None:
        nonlocal left
        if not left:
            raise KeyboardInterrupt
        left -= 1
        replace_source(path, content)

    old(tiny)
    with monkeypatch.context() as patch:
        patch.setattr("qpf.cli.edits.replace_source", stop)
        assert run(["migrate", "--write"], tiny)[0] == 130
    assert run(["migrate", "--write"], tiny)[0] == 0
    log = (tiny / "CHANGELOG.md").read_text()
    assert log.count(f"is renamed to `memorytopology.workingmemory`: `{AGENT}`") == 1, log
