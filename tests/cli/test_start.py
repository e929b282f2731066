"""Starting costs next to nothing, and help costs no more than it must."""

import subprocess
import sys
from importlib import import_module

import pytest

from qpf.cli.commands import COMMANDS

HEAVY = {"git", "jinja2", "logging", "pluggy", "pydantic", "rich", "yaml", "deepdiff"}
MODULES = "import sys; sys.argv = ['qpf', {argument!r}]\ntry:\n import qpf.cli.main as m; m.main()\n"
MODULES += "except SystemExit: print(*sorted(sys.modules), file=sys.stderr)"


def imported(argument: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", MODULES.format(argument=argument)], capture_output=True, text=True, check=True
    )
    return set(done.stderr.split())


def test_the_version_imports_nothing_of_weight() -> None:
    modules = imported("--version")
    assert modules & HEAVY == set()
    assert {name for name in modules if name.startswith("qpf.")} <= {
        "qpf.cli", "qpf.cli.commands", "qpf.cli.exit", "qpf.cli.lazy", "qpf.cli.main"
    }  # fmt: skip


def test_help_imports_no_command() -> None:
    modules = imported("--help")
    assert {entry.module for entry in COMMANDS.values()} & modules == set()


@pytest.mark.parametrize("name", COMMANDS)
def test_help_says_what_the_command_says_of_itself(name: str) -> None:
    entry = COMMANDS[name]
    command = getattr(import_module(entry.module), entry.attribute)
    assert command.name == name
    assert command.help.splitlines()[0] == entry.summary
