"""What counts as a version."""

import pytest

from qpf.model.version import is_version, order
from tests.command import run
from tests.evolution.fleets import AGENT, replace


def test_versions_are_ordered_by_their_numbers():
    assert sorted(["6.10.0", "6.9.0", "10.0.0"], key=order) == ["6.9.0", "6.10.0", "10.0.0"]


@pytest.mark.parametrize(
    "value", ["6.0", "6.0.0.0", "6.0.x", "6.0.0\n", " 6.0.0", "٦.0.0", "v6.0.0", "", 6.0, None]
)
def test_what_is_not_three_numbers_is_no_version(value):
    assert is_version("6.0.0")
    assert not is_version(value)


def test_a_number_that_nobody_counts_to_is_a_finding(tiny):
    replace(tiny / AGENT, ("schema_version: 6.0.0", f"schema_version: 6.0.{'9' * 5_000}"))
    status, output = run(["validate"], tiny)
    assert status == 1
    assert "agents/keeper.yaml:3:17: error[QPF302" in output
    assert "hint: write a version of three numbers: `6.0.0`" in output
