"""Every dependency is pinned, and nothing that is committed names the place it was made at."""

import re
import subprocess
import tomllib
from pathlib import Path

import pytest

from tools import pins

ROOT = Path(__file__).parent.parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
RUNTIME = tomllib.loads((ROOT / "runtime" / "pyproject.toml").read_text(encoding="utf-8"))
PINNED = PROJECT["tool"]["uv"]["constraint-dependencies"]
OURS = {"cuelang-py", "qpf", "qpf-runtime"}
EXACT = re.compile(r"([a-z0-9-]+)==[0-9][^ *]*( ; .+)?")


def normal(requirement: str) -> str:
    """The name a requirement is about, as indexes spell it."""
    return re.sub(r"[-_.]+", "-", re.split(r"[\[<>=!~; ]", requirement, maxsplit=1)[0]).lower()


def required() -> set[str]:
    groups = [
        PROJECT["project"]["dependencies"],
        RUNTIME["project"]["dependencies"],
        *PROJECT["project"]["optional-dependencies"].values(),
        *PROJECT["dependency-groups"].values(),
    ]
    return {normal(requirement) for group in groups for requirement in group} - OURS


def test_every_pin_is_exact() -> None:
    every = [*PINNED, *PROJECT["tool"]["uv"]["build-constraint-dependencies"]]
    assert [line for line in every if not EXACT.fullmatch(line)] == []


def test_every_dependency_is_pinned() -> None:
    assert required() <= {normal(line) for line in PINNED}


def test_versions_of_one_package_differ_by_marker() -> None:
    names = [normal(line) for line in PINNED]
    twice = {name for name in names if names.count(name) > 1}
    assert [line for line in PINNED if normal(line) in twice and " ; " not in line] == []


def test_build_backend_is_pinned() -> None:
    wanted = {normal(line) for line in PROJECT["build-system"]["requires"]}
    assert wanted <= {normal(line) for line in PROJECT["tool"]["uv"]["build-constraint-dependencies"]}


def test_no_second_configuration_hides_the_pins() -> None:
    assert not (ROOT / "uv.toml").exists()


def test_pins_replace_what_stood_between_the_marks() -> None:
    text = f"before\n{pins.BEGIN}old\n{pins.END}after\n"
    assert pins.replace(text, pins.toml_list("a", ["b==1"])) == (
        f'before\n{pins.BEGIN}a = [\n  "b==1",\n]\n{pins.END}after\n'
    )


def test_lost_marks_are_an_error() -> None:
    with pytest.raises(SystemExit, match="lost the marks"):
        pins.replace("no marks", "")


def test_no_committed_file_names_a_place() -> None:
    places = [
        "files.python" + "hosted",
        "py" + "pi.org/simple",
        "/work" + "/main",
        "/work" + "/shared",
        "/root" + "/",
    ]
    listed = subprocess.run(
        ["git", "grep", "-l", "-I", "-F", *(word for place in places for word in ("-e", place))],
        cwd=ROOT,
        check=False,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert listed.stdout == ""
