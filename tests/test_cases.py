"""One case a folder: what a person types, and what a person sees.

A case is a fleet of tests/fleets (file `fleet`, by default `tiny`), with the files of `input/`
laid over it, and `session.txt`: commands and everything they print. Lines with `$ ` are run:

    $ qpf validate            the command line, in the fleet's folder
    $ replace FILE OLD => NEW edit a source, as a person would
    $ append FILE TEXT        write behind its end
    $ delete FILE             remove a file
    $ fill FILE TIMES TEXT    write a text so many times
    $ link FILE TARGET        make a symbolic link
    $ fifo FILE               make a pipe
    $ plugin NAME             install one of tests/fixtures/hostile

`QPF_BLESS=1` writes down what is printed now (see conftest.py).
"""

import importlib
import os
import shlex
import shutil
from pathlib import Path

import pytest
from pytest_regressions.file_regression import FileRegressionFixture

from tests.command import run
from tests.host.hostile import FIXTURES, installed
from tests.host.installing import install_module

CASES = Path(__file__).parent / "cases"
FLEETS = Path(__file__).parent / "fleets"


def sessions() -> list[str]:
    return sorted(path.parent.relative_to(CASES).as_posix() for path in CASES.rglob("session.txt"))


@pytest.mark.parametrize("case", sessions())
def test_a_person_sees_what_the_case_says(
    case: str, tmp_path: Path, file_regression: FileRegressionFixture
) -> None:
    folder = CASES / case
    root = tmp_path / "fleet"
    name = (folder / "fleet").read_text().strip() if (folder / "fleet").exists() else "tiny"
    shutil.copytree(FLEETS / name, root)
    if (folder / "input").exists():
        shutil.copytree(folder / "input", root, dirs_exist_ok=True)
    session = folder / "session.txt"
    commands = [line for line in session.read_text().splitlines() if line.startswith("$ ")]
    (tmp_path / "site").mkdir()
    with installed(tmp_path / "site"):
        seen = "".join(play(command, root) for command in commands)
    file_regression.check(seen, fullpath=session, encoding="utf-8")


def test_every_case_folder_has_a_session() -> None:
    stray = [
        path.relative_to(CASES).as_posix()
        for path in CASES.rglob("input")
        if not (path.parent / "session.txt").exists()
    ]
    assert stray == []


def play(line: str, root: Path) -> str:
    """Run one line of a session; what is printed, with the line above and the exit status below."""
    verb, _, rest = line.removeprefix("$ ").partition(" ")
    if verb == "qpf":
        status, output = run(shlex.split(rest), root)
        return f"{line}\n{output}" + ("" if not output or output.endswith("\n") else "\n") + f"[{status}]\n"
    file, _, text = rest.partition(" ")
    path = root / file
    if verb == "replace":
        old, _, new = text.partition(" => ")
        content = path.read_text()
        assert old in content, f"{old!r} is not in {file}"
        path.write_text(content.replace(old, new.replace("\\n", "\n")))
    elif verb == "append":
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a") as handle:
            handle.write(text.encode().decode("unicode_escape") + "\n")
    elif verb == "delete":
        path.unlink()
    elif verb == "fill":
        times, _, piece = text.partition(" ")
        path.write_text(piece.encode().decode("unicode_escape") * int(times))
    elif verb == "link":
        path.symlink_to(text)
    elif verb == "fifo":
        os.mkfifo(path)
    elif verb == "plugin":
        install_module(FIXTURES / f"{rest}.py", root.parent / "site", plugin=rest)
        importlib.invalidate_caches()
    else:
        pytest.fail(f"a session cannot {verb}")
    return f"{line}\n"
