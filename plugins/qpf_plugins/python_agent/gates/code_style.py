"""Gate `code-style`: emitted Python is formatted and lint-clean by the rules its own project file sets."""

import json
from collections.abc import Iterator
from pathlib import Path

from qpf.api import Artifact, Measurement
from qpf_plugins.python_agent.gates.bench import Ran, agent_of, agents_of, copy_of, missing, run, words

NAME = "ruff findings"
THRESHOLD = "0"


def check(_root: str, _folder: str, artifacts: tuple[Artifact, ...]) -> Iterator[Measurement]:
    """Lint and compare the format of all agents at once."""
    agents = agents_of(artifacts)
    absent = missing(NAME, THRESHOLD, "ruff")
    if absent or not agents:
        yield from absent
        return
    found: list[tuple[str, str]] = []
    with copy_of(artifacts) as folder:
        for command in (("check",), ("format", "--check")):
            ran = run("ruff", (*command, "--no-cache", "--output-format=json", "agents"), folder)
            said = _findings(ran, folder.resolve())
            found += said
            if ran.status and not said:
                # It failed without blaming a file: nobody's style is proved.
                yield Measurement(
                    "",
                    f"ruff {command[0]}",
                    "failed",
                    "runs",
                    passed=False,
                    detail=words(ran.errors + ran.output),
                )
    for agent in agents:
        own = [line for path, line in found if agent_of(path) == agent]
        yield Measurement(agent, NAME, str(len(own)), THRESHOLD, passed=not own, detail=words("\n".join(own)))


def _findings(ran: Ran, folder: Path) -> list[tuple[str, str]]:
    """Path and words of each finding."""
    try:
        found = json.loads(ran.output)
    except ValueError:
        return []
    said = []
    for each in found:
        path = Path(each["filename"])
        relative = (path.relative_to(folder) if path.is_relative_to(folder) else path).as_posix()
        said.append((relative, f"{relative}:{each['location']['row']}: {each['code']}: {each['message']}"))
    return said
