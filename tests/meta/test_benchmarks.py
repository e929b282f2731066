"""Benchmarks measure what they say, and their verdicts are computed."""

import hashlib
from itertools import count
from pathlib import Path

import pytest

from benchmarks import fleet, fleet_files
from benchmarks.measure import Row, interleave


def row(value: float, reference: float | None, target: str) -> Row:
    return Row(case="c", value=value, unit="s", reference="r", reference_value=reference, target=target)


@pytest.mark.parametrize(
    ("value", "reference", "target", "ratio", "met"),
    [
        (5.0, 10.0, "value <= 6", 0.5, True),
        (7.0, 10.0, "value <= 6", 0.7, False),
        (7.0, 10.0, "ratio <= 2.0", 0.7, True),
        (30.0, 10.0, "ratio <= 2.0", 3.0, False),
        (7.0, None, "value <= 6", None, False),
        (7.0, None, "ratio <= 2.0", None, None),
        (7.0, 10.0, "", 0.7, None),
    ],
)
def test_verdict_follows_from_figures(
    value: float, reference: float | None, target: str, *, ratio: float | None, met: bool | None
) -> None:
    made = row(value, reference, target)
    assert (made.ratio, made.met) == (ratio, met)


def test_target_that_means_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="not a target"):
        row(1.0, 1.0, "fast enough")


def test_contenders_take_turns() -> None:
    clock = count()
    turns: list[tuple[str, int]] = []

    def contender(name: str) -> float:
        turns.append((name, next(clock)))
        return float(len(turns))

    medians = interleave({"a": lambda: contender("a"), "b": lambda: contender("b")}, 3)
    assert [name for name, _ in turns] == ["a", "b", "a", "b", "a", "b"]
    assert medians == {"a": 3.0, "b": 4.0}


def fingerprint(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_same_size_makes_the_same_fleet(tmp_path: Path) -> None:
    first = fingerprint(fleet.make(23, tmp_path / "a", environments=3))
    assert first == fingerprint(fleet.make(23, tmp_path / "b", environments=3))
    assert len([name for name in first if name.startswith("agents/")]) == 23


def test_agents_have_five_different_subs_and_use_all_thirty() -> None:
    used = [fleet_files.subs_of(number) for number in range(60)]
    assert all(len(set(subs)) == fleet_files.SUBS_EACH for subs in used)
    assert {sub for subs in used for sub in subs} == set(range(fleet_files.SUBS))
