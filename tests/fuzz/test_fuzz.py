"""Whatever is done to the files of a fleet: findings or success, never a traceback or a hang."""

import json
import time
from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from tests.fuzz import keep, seeds
from tests.fuzz.inputs import kept
from tests.fuzz.mutations import KINDS, mutated
from tests.fuzz.target import Hang, limited, survives

PARTS = 20
EACH = 5_000
"""So many inputs each of so many parts: 100,000, shared by the processes that test."""

CORPUS = sorted((Path(__file__).parent / "corpus").glob("*.json"))

numbers = st.integers(0, 2**32 - 1)
fleets = st.sampled_from(seeds.FLEETS)
times = st.sampled_from((1, 1, 1, 2, 4))


@pytest.mark.parametrize("file", CORPUS, ids=lambda file: file.stem)
def test_what_once_broke_is_survived(file: Path) -> None:
    entry = json.loads(file.read_text(encoding="utf-8"))
    assert entry["why"]
    survives(kept(file, seeds.fleet(entry["fleet"])))


def test_whatever_breaks_can_be_kept(tmp_path: Path) -> None:
    files = {**seeds.fleet("tiny"), "agents/odd.yaml": b"\xff: \r\n\0"}
    del files["glue.yaml"]
    keep.entry("tiny", files, tmp_path / "x.json", "why")
    assert kept(tmp_path / "x.json", seeds.fleet("tiny")) == files


def test_what_works_or_waits_too_long_is_a_hang() -> None:
    with pytest.raises(Hang, match="of its own"), limited(0.05):
        all(True for _ in count())
    with pytest.raises(Hang, match=r"after 0\.05 s$"), limited(wall_seconds=0.05):
        time.sleep(60)
    with limited(0.05, 0.05):
        pass
    time.sleep(0.1)


@pytest.mark.parametrize("kind", KINDS)
def test_mutated_fleets_end_in_findings_or_success(kind: str) -> None:
    @given(fleets, numbers, times)
    @settings(max_examples=60, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
    def holds(name: str, number: int, count: int) -> None:
        survives(mutated(name, kind, number, count))

    holds()


@pytest.mark.hunt
@pytest.mark.parametrize("part", range(PARTS))
def test_many_mutated_fleets_end_in_findings_or_success(part: int) -> None:
    @seed(part)
    @given(fleets, st.sampled_from(KINDS), numbers, times)
    @settings(max_examples=EACH, suppress_health_check=[HealthCheck.too_slow])
    def holds(name: str, kind: str, number: int, count: int) -> None:
        survives(mutated(name, kind, number, count))

    holds()
