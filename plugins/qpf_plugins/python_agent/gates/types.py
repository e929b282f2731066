"""Gate `types`: emitted Python, tests included, is clean under `mypy --strict`."""

import re
from collections.abc import Iterator

from qpf.api import Artifact, Measurement
from qpf_plugins.python_agent.gates.bench import agent_of, agents_of, copy_of, missing, run, words

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
    arguments = (
        "--strict",
        "--config-file=",
        "--explicit-package-bases",
        "--namespace-packages",
        "--follow-imports=silent",
        "--no-error-summary",
        "--no-pretty",
        "--hide-error-context",
        # Outside of the emitted tree, and kept: most of a run is spent on libraries that do not change.
        f"--cache-dir={root}/.qpf/mypy",
        "agents",
    )
    sources = [f"agents/{agent}/src" for agent in agents]
    with copy_of(artifacts) as folder:
        ran = run("mypy", arguments, folder, MYPYPATH=":".join([*sources, f"{root}/logic"]))
    said = [(match["path"], line) for line in ran.output.splitlines() if (match := _ERROR.match(line))]
    if ran.status not in (0, 1) or (ran.status and not said):
        yield Measurement("", "mypy", "failed", "runs", passed=False, detail=words(ran.errors + ran.output))
    for agent in agents:
        own = [line for path, line in said if agent_of(path) == agent]
        yield Measurement(agent, NAME, str(len(own)), THRESHOLD, passed=not own, detail=words("\n".join(own)))
