"""The emitted tests of a whole fleet fail where two agents do not fit each other."""

from pathlib import Path

import pytest

from qpf.api import Artifact
from tests.python_agent.test_gates import EMITTED, changed, failing, measure, root

__all__ = ["root"]  # a fixture

SENDER = "agents/heat_watcher/src/heat_watcher"
RECEIVER = "agents/bell/src/bell"


def test_agents_that_fit_each_other_pass(root: Path) -> None:
    (row,) = measure("fleet-tests", root)
    assert failing([row]) == []
    assert row.value.startswith("0 of ")


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        (f"{RECEIVER}/packets.py", "alarm: bool", "alarm: str"),
        (f"{RECEIVER}/packets.py", "version: ClassVar[int] = 1", "version: ClassVar[int] = 2"),
        (f"{RECEIVER}/packets.py", "sensor: str", "probe: str"),
        (f"{RECEIVER}/config.py", 'senders=("heat_watcher.alarm",)', 'senders=("heat_watcher.other",)'),
        (f"{SENDER}/config.py", 'Route(target="bell", port="alarm"', 'Route(target="bell", port="other"'),
    ],
)
def test_agents_that_do_not_fit_each_other_fail(
    path: str,
    old: str,
    new: str,
    root: Path,
) -> None:
    ((subject, name, _),) = failing(measure("fleet-tests", root, changed(path, old, new)))
    assert (subject, name) == ("", "failed tests")


def test_fleet_without_tests_is_not_proved(root: Path) -> None:
    untested: tuple[Artifact, ...] = tuple(
        each for each in EMITTED if not each.path.startswith("tests/test_")
    )
    assert failing(measure("fleet-tests", root, untested)) == [("", "failed tests", "not run")]
