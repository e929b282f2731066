"""`qpf lsp` as one command among others."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.test_start import imported


def test_without_pygls_the_remedy_is_said(root: Path) -> None:
    code = "import sys; sys.modules['pygls'] = None; sys.argv = ['qpf', 'lsp']\n"
    code += "import qpf.cli.main as m; m.main()"
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (
        2, "", "qpf: the language server needs pygls; install `qpf[lsp]`\n"
    )  # fmt: skip


@pytest.mark.parametrize("command", ["--help", "validate"])
def test_no_other_command_imports_the_server(command: str) -> None:
    assert {
        name for name in imported(command) if name.startswith(("pygls", "lsprotocol", "qpf.lsp"))
    } == set()
