"""The workflows we hand out: parsed, pinned, and every command in them exists."""

import re
import shlex
import subprocess
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from qpf import __version__
from qpf.cli.main import qpf
from tests.hooks.repository import ROOT, manifest

FOLDER = ROOT / "examples" / "ci"
PAGE = ROOT / "docs" / "how-to" / "use-in-ci.md"


def texts(value: Any) -> list[str]:
    """Every text in a document."""
    if isinstance(value, dict):
        return [text for inner in value.values() for text in texts(inner)]
    if isinstance(value, list):
        return [text for inner in value for text in texts(inner)]
    return [value] if isinstance(value, str) else []


def commands(text: str) -> list[str]:
    """Command lines: of a script, in backquotes, or of a hook."""
    quoted = re.findall(r"`(qpf [^`\n]+)`", text)
    lines = re.findall(r"^\s*(?:\$ |entry: )?(qpf (?:-C|[a-z])[^\n`]*)$", text, re.MULTILINE)
    return [each.partition(">")[0] for each in (*quoted, *lines)]


def exists(command: str) -> None:
    """Whether click takes a command line, short of running it."""
    words = [
        re.sub(r"\$\{\{.*?\}\}", "main", word)
        for word in shlex.split(re.sub(r"\$\{\{ *(\S+) *\}\}", r"\1", command))
    ]
    words = words[3:] if words[1:2] == ["-C"] else words[1:]
    context: click.Context = click.Context(qpf)
    found: click.Command = qpf
    while isinstance(found, click.Group):
        _, words, _ = found.make_parser(context).parse_args(words)
        if not words:
            return
        name, inner, words = found.resolve_command(context, words)
        assert inner is not None, command
        found, context = inner, click.Context(inner, parent=context, info_name=name)
    found.make_parser(context).parse_args(words)


@pytest.mark.parametrize("name", ["github.yaml", "gitlab.yaml"])
def test_a_workflow_runs_commands_that_exist(name: str) -> None:
    document = yaml.safe_load((FOLDER / name).read_text(encoding="utf-8"))
    found = [command for text in texts(document) for command in commands(text)]
    assert any(command.startswith("qpf ci") for command in found)
    for command in found:
        exists(command)


def test_commands_of_the_page_and_of_hooks_exist() -> None:
    found = commands(PAGE.read_text(encoding="utf-8")) + [hook["entry"] for hook in manifest()]
    assert len(found) > 8
    for command in found:
        exists(command)


@pytest.mark.parametrize(
    ("base", "asked"), [("", ["--format"]), ("main; x", ["--format", "--against", "origin/main; x"])]
)
def test_a_pull_request_is_compared_with_its_base_and_a_push_with_nothing(
    base: str, asked: list[str], tmp_path: Path
) -> None:
    """The one command, run by a shell; names of branches are other people's text."""
    workflow = yaml.safe_load((FOLDER / "github.yaml").read_text(encoding="utf-8"))
    steps = [step for job in workflow["jobs"].values() for step in job["steps"]]
    (step,) = [step for step in steps if "qpf ci" in step.get("run", "")]
    assert step["env"] == {"BASE": "${{ github.base_ref }}"}
    assert "${{" not in step["run"]
    stand_in = tmp_path / "qpf"
    stand_in.write_text('#!/bin/sh\nprintf "%s\\n" "$@"\n')
    stand_in.chmod(0o755)
    environ = {"PATH": f"{tmp_path}:/usr/bin:/bin", "BASE": base}
    for shell in ("bash", "sh"):
        done = subprocess.run([shell, "-ec", step["run"]], env=environ, capture_output=True, check=True)
        assert done.stdout.decode().splitlines() == ["ci", *asked]
    exists(shlex.join(["qpf", "ci", *asked]))


def test_actions_are_pinned_and_may_do_little() -> None:
    workflow = yaml.safe_load((FOLDER / "github.yaml").read_text(encoding="utf-8"))
    assert workflow["permissions"] == {"contents": "read"}
    steps = [step for job in workflow["jobs"].values() for step in job["steps"]]
    used = [step["uses"] for step in steps if "uses" in step]
    assert len(used) == 3
    assert all(re.fullmatch(r"[\w.-]+/[\w.-]+@v\d+\.\d+\.\d+", each) for each in used)
    assert all(job["timeout-minutes"] for job in workflow["jobs"].values())


@pytest.mark.parametrize("name", ["github.yaml", "gitlab.yaml"])
def test_the_version_is_ours(name: str) -> None:
    assert f"qpf=={__version__}" in (FOLDER / name).read_text(encoding="utf-8")


def test_the_page_names_every_hook() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert all(f"`{hook['id']}`" in page for hook in manifest())


def test_files_of_the_page_are_there() -> None:
    named = re.findall(r"`(examples/ci/\S+)`", PAGE.read_text(encoding="utf-8"))
    assert len(named) == 2
    assert all(Path(ROOT / name).is_file() for name in named)
