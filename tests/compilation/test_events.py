"""What is told of a run: every extraction that is made begins and ends, once, and nobody else's does."""

from pathlib import Path

import pytest

from benchmarks import fleet as synthetic
from tests.compilation.memory import compile_fleet


@pytest.mark.parametrize("jobs", ["-j1", "-j2"])
def test_every_extraction_begins_before_it_ends_and_what_is_kept_does_neither(
    tmp_path: Path, jobs: str
) -> None:
    root = synthetic.make(40, tmp_path / "fleet")
    agents = {path.stem for path in (root / "agents").iterdir()}
    assert begun_and_ended(root, jobs) == (agents, agents)
    changed = sorted((root / "agents").iterdir())[3]
    changed.write_text(changed.read_text().replace("title: Agent", "title: The agent"))
    assert begun_and_ended(root, jobs) == ({changed.stem}, {changed.stem})


def begun_and_ended(root: Path, jobs: str) -> tuple[set[str], set[str]]:
    """Whose extraction began, and whose was built, each of them after it began."""
    begun: set[str] = set()
    ended: set[str] = set()
    for event in compile_fleet(root, jobs).events:
        if event["event"] == "extraction_started":
            assert event["agent"] not in begun
            begun.add(event["agent"])
        if event["event"] == "extraction_finished" and event["origin"] == "built":
            assert event["agent"] in begun - ended
            ended.add(event["agent"])
    return begun, ended
