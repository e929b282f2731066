"""Gate `types`: emitted Python, tests included, is clean under `mypy --strict`."""

import os
import re
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

from qpf.api import Artifact, Measurement
from qpf_plugins.python_agent.gates.bench import Ran, agent_of, agents_of, copy_of, missing, run, words

NAME = "mypy --strict errors"
THRESHOLD = "0"
_ERROR = re.compile(r"(?P<path>[^:\n]+):\d+: error: ")


def check(root: str, _folder: str, artifacts: tuple[Artifact, ...]) -> Iterator[Measurement]:
    """Check all agents in one run; hand-written logic is followed, not judged."""
    agents = agents_of(artifacts)
    absent = missing(NAME, THRESHOLD, "mypy")
    if absent or not agents:
        yield from absent
        return
    # Outside of the emitted tree, and kept: most of a run is spent on libraries that do not change.
    cache = f"{root}/.qpf/mypy"
    sources = [f"agents/{agent}/src" for agent in agents]
    paths = {"MYPYPATH": ":".join([*sources, f"{root}/logic"])}
    with copy_of(artifacts) as folder:
        ran = _run(folder, cache, paths)
        said = _said(ran)
        if ran.status and not said:
            # What is kept is damaged, perhaps, or cannot be written, and mypy breaks down of it.
            shutil.rmtree(cache, ignore_errors=True)
            ran = _run(folder, os.devnull, paths)
            said = _said(ran)
    if ran.status not in (0, 1) or (ran.status and not said):
        yield Measurement("", "mypy", "failed", "runs", passed=False, detail=words(ran.errors + ran.output))
    for agent in agents:
        own = [line for path, line in said if agent_of(path) == agent]
        yield Measurement(agent, NAME, str(len(own)), THRESHOLD, passed=not own, detail=words("\n".join(own)))


def _run(folder: Path, cache: str, paths: Mapping[str, str]) -> Ran:
    arguments = (
        "--strict",
        "--config-file=",
        "--explicit-package-bases",
        "--namespace-packages",
        "--follow-imports=silent",
        "--no-error-summary",
        "--no-pretty",
        "--hide-error-context",
        f"--cache-dir={cache}",
        "agents",
    )
    return run("mypy", arguments, folder, **paths)


def _said(ran: Ran) -> list[tuple[str, str]]:
    """Each error, with the file it is in."""
    return [(match["path"], line) for line in ran.output.splitlines() if (match := _ERROR.match(line))]
