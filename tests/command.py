"""Runs the command line inside the test process, as a shell would."""

import gc
import io
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from unittest.mock import patch

from qpf.cli.main import main

CURRENT = "every file is as its sources compile to\n"
"""What `qpf compile --check` says where there is nothing to say."""


def run(arguments: list[str], root: Path) -> tuple[int, str]:
    """Run `qpf -C root …`; the exit status, and what it printed on both streams, in order."""
    output = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True)
    with redirect_stdout(output), redirect_stderr(output):
        status: object = 0
        try:
            with patch.object(sys, "argv", ["qpf", "-C", str(root), *arguments]):
                main()
        except SystemExit as leave:
            status = leave.code
        finally:
            gc.enable()  # A command ends its process, and so leaves collecting to nobody.
    output.seek(0)
    return int(str(status or 0)), output.read()
