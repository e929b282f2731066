"""Runs `qpf run` in a process of its own, for tests that send to it."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PATIENCE = 3000


@contextmanager
def running(root: Path, *arguments: str) -> Iterator[tuple[subprocess.Popen[str], Path]]:
    """Give the process and its note; ends it, however the test went."""
    command = [sys.executable, "-m", "qpf", "-C", str(root), "run", *arguments, "--env", "dev"]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8", cwd=root
    )
    note = root / ".qpf" / "run" / "dev.json"
    try:
        for _ in range(PATIENCE):
            if process.poll() is not None or (
                note.exists() and json.loads(note.read_text())["pid"] == process.pid
            ):
                break
            time.sleep(0.02)
        yield process, note
    finally:
        process.kill()
        process.communicate()
