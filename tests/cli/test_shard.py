"""`qpf compile --shard` fills caches and writes nothing; the compile after it makes nothing."""

import json
from pathlib import Path

import pytest

from benchmarks import fleet as synthetic
from tests.command import run

AGENTS = 7


@pytest.fixture
def fleet(tmp_path: Path) -> Path:
    return synthetic.make(AGENTS, tmp_path / "fleet")


def test_shards_make_all_agents_between_them_and_the_last_job_makes_none(fleet: Path) -> None:
    made: list[str] = []
    for number in (1, 2, 3):
        status, output = run(["compile", "--shard", f"{number}/3", "-o", "json"], fleet)
        assert status == 0, output
        (environment,) = json.loads(output)["environments"]
        assert environment["agents"] == environment["made"]
        made += environment["made"]
    assert sorted(made) == sorted(path.stem for path in (fleet / "agents").iterdir())
    assert not (fleet / "environments/dev/qpf.lock").exists()
    status, output = run(["compile", "--progress", "json"], fleet)
    events = [json.loads(line) for line in output.splitlines() if line.startswith("{")]
    origins = [each["origin"] for each in events if each["event"] == "extraction_finished"]
    assert (status, origins) == (0, ["local"] * AGENTS)


@pytest.mark.parametrize("text", ["", "0/2", "3/2", "1", "1/0", "x/y", "-1/2"])
def test_a_shard_that_cannot_be_meant_is_refused(fleet: Path, text: str) -> None:
    status, output = run(["compile", f"--shard={text}"], fleet)
    assert status == 2
    assert "from 1/4 to 4/4" in output


@pytest.mark.parametrize("other", ["--check", "--diff", "--out=there", "--no-cache", "--agent=x"])
def test_a_shard_goes_with_nothing_that_writes_or_compares(fleet: Path, other: str) -> None:
    status, output = run(["compile", "--shard=1/2", other], fleet)
    assert status == 2
    assert "--shard only fills caches" in output


@pytest.mark.parametrize("unchanged", [False, True])
def test_an_executor_nobody_has_is_named(fleet: Path, *, unchanged: bool) -> None:
    while unchanged and not (fleet / ".qpf" / "standstill").exists():
        assert run(["compile"], fleet)[0] == 0
    status, output = run(["compile", "--executor", "dusk"], fleet)
    assert status == 2
    assert "QPF018 unknown-scheme" in output
    assert "did you mean `dask`?" in output
