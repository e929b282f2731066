"""Gate `code-style`: emitted Python is formatted and lint-clean by the rules its own project file sets."""

import json
from collections.abc import Iterator
from pathlib import Path

from qpf.api import Artifact, Measurement
from qpf_plugins.python_agent.gates.bench import Ran, agent_of, agents_of, copy_of, missing, run, words

NAME = "ruff findings"
THRESHOLD = "0"
_UNFORMATTED = "Would reformat: "


def check(_root: str, _folder: str, artifacts: tuple[Artifact, ...]) -> Iterator[Measurement]:
    """Lint and compare the format of all agents at once."""
    agents = agents_of(artifacts)
    absent = missing(NAME, THRESHOLD, "ruff")
    if absent or not agents:
        yield from absent
        return
    with copy_of(artifacts) as folder:
        lint = run("ruff", ("check", "--no-cache", "--output-format=json", "agents"), folder)
        style = run("ruff", ("format", "--no-cache", "--check", "agents"), folder)
        said = _findings(lint, folder.resolve()) + _unformatted(style)
    for tool, ran in (("ruff check", lint), ("ruff format", style)):
        if ran.status not in (0, 1):
            yield Measurement(
                "", tool, "failed", "runs", passed=False, detail=words(ran.errors or ran.output)
            )
    for agent in agents:
        own = [line for path, line in said if agent_of(path) == agent]
        yield Measurement(agent, NAME, str(len(own)), THRESHOLD, passed=not own, detail=words("\n".join(own)))


def _findings(ran: Ran, folder: Path) -> list[tuple[str, str]]:
    try:
        found = json.loads(ran.output)
    except ValueError:
        return []
    said = []
    for each in found:
        path = Path(each["filename"])
        relative = (path.relative_to(folder) if path.is_relative_to(folder) else path).as_posix()
        line = f"{relative}:{each['location']['row']}: {each['code'] or 'syntax'} {each['message']}"
        said.append((relative, line))
    return said


def _unformatted(ran: Ran) -> list[tuple[str, str]]:
    paths = [
        line.removeprefix(_UNFORMATTED) for line in ran.output.splitlines() if line.startswith(_UNFORMATTED)
    ]
    return [(path, f"{path}: not as `ruff format` writes it") for path in paths]
