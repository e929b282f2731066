"""The reference of commands: what `--help` prints, for each."""

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
QPF = ROOT / ".venv" / "bin" / "qpf"
LISTED = re.compile(r"^  ([a-z][a-z-]*)(?:  |$)", re.MULTILINE)

INTRODUCTION = """\
# Commands

Exit codes are the same everywhere: **0** clean, **1** findings (errors, would change, drift), **2** wrong
usage, configuration, or an error of `qpf` itself. What a program reads goes to standard output, progress and
logs to standard error. Colour and width follow the terminal and `NO_COLOR`.
"""


def commands() -> str:
    """The page."""
    parts = [INTRODUCTION]
    for words, text in walk(()):
        level = "##" if len(words) < 2 else "###"  # noqa: PLR2004 - one word names a command, two a subcommand
        parts.append(f"{level} {' '.join(('qpf', *words))}\n\n```text\n{text.rstrip()}\n```\n")
    return "\n".join(parts)


def walk(words: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    """A command's help, and that of every command below it."""
    text = helped(words)
    yield words, text
    _, found, listing = text.partition("\nCommands:\n")
    if found:
        for name in LISTED.findall(listing):
            yield from walk((*words, name))


def helped(words: tuple[str, ...]) -> str:
    """What `--help` prints, on a terminal of a known width."""
    environment = {**os.environ, "COLUMNS": "100", "NO_COLOR": "1", "LC_ALL": "C.UTF-8"}
    done = subprocess.run(
        [QPF, *words, "--help"], check=True, stdout=subprocess.PIPE, text=True, env=environment, cwd=ROOT
    )
    return "\n".join(line.rstrip() for line in done.stdout.splitlines())
