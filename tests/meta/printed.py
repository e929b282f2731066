"""Runs a documentation page as printed: files are written, commands run, and their output compared.

A block with a `title` is a file. In a `console` block a line after `$ ` is a command, and what follows is
its output: each line must come, in order; `…` stands for anything. `# exits 1` after a command says so. What
ends with `&` goes on beside the other commands, and is ended by Ctrl-C at the end of the page.
"""

import os
import re
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

BLOCK = re.compile(r"^```(\w+)(?: title=\"([^\"]+)\")?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
EXITS = re.compile(r"\s+# exits (\d)\Z")
SECONDS = 120


class Reader:
    """Somebody who does what the page says, in a folder of their own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        path = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
        self.beside: list[subprocess.Popen[bytes]] = []
        self.environment = {**os.environ, "PATH": path, "NO_COLOR": "1", "COLUMNS": "100"}
        self.environment |= {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
        for role in ("AUTHOR", "COMMITTER"):
            self.environment |= {f"GIT_{role}_NAME": "reader", f"GIT_{role}_EMAIL": "reader@example.org"}

    def follow(self, page: str) -> int:
        """Do everything the page says; returns how many commands that were."""
        try:
            return self._follow(page)
        finally:
            self._end()

    def _follow(self, page: str) -> int:
        commands = 0
        for language, title, content in BLOCK.findall(page):
            if title:
                path = self.folder / title
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(content, encoding="utf-8")
            elif language == "console":
                for part in re.split(r"^\$ ", content, flags=re.MULTILINE)[1:]:
                    command, _, output = part.partition("\n")
                    self.run(command, output)
                    commands += 1
        return commands

    def run(self, command: str, expected: str) -> None:
        """Run one command, and compare."""
        exits = EXITS.search(command)
        words = shlex.split(EXITS.sub("", command))
        if words[-1] == "&":
            self._start(words[:-1], expected)
            return
        if words[0] == "cd":
            self.folder /= words[1]
            return
        done = subprocess.run(
            words,
            cwd=self.folder,
            env=self.environment,
            check=False,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=SECONDS,
        )
        assert done.returncode == (int(exits[1]) if exits else 0), f"$ {command}\n{done.stdout}"
        assert_printed(command, expected, done.stdout)

    def _start(self, words: list[str], expected: str) -> None:
        """Start a command that goes on, and wait until it has printed what the page says."""
        printed = self.folder / f".beside-{len(self.beside)}"
        with printed.open("wb") as output:
            process = subprocess.Popen(
                words,
                cwd=self.folder,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        self.beside.append(process)
        last = expected.strip().splitlines()[-1].partition("…")[0]
        until = time.monotonic() + SECONDS
        while last not in printed.read_text(encoding="utf-8") and process.poll() is None:
            assert time.monotonic() < until, printed.read_text(encoding="utf-8")
            time.sleep(0.2)
        assert_printed(" ".join(words), expected, printed.read_text(encoding="utf-8"))

    def _end(self) -> None:
        for process in self.beside:
            process.send_signal(signal.SIGINT)
            assert process.wait(SECONDS) == 0
        self.beside.clear()


def assert_printed(command: str, expected: str, actual: str) -> None:
    """Every printed line comes, in order."""
    pattern = ".*?".join(re.escape(part) for part in expected.strip().split("…"))
    lines = pattern.replace(r"\ ", " ").replace("\\\n", r"\s*?\n(?:.*\n)*?\s*")
    assert re.search(lines, actual, re.DOTALL), f"$ {command}\nprinted:\n{expected}\nbut came:\n{actual}"
