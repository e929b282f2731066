"""A cache that was named and is not used: that is said."""

from pathlib import Path

import pytest

from tests.command import run
from tests.host.hostile import make_fleet

URL = "redis://127.0.0.1:1"
OFF = "extraction_engine: {cache: {enabled: false}}\n"
UNUSED = "the cache that was named is not used: `extraction_engine.cache.enabled` is false in qpf.yaml\n"


@pytest.fixture
def fleet(tmp_path: Path) -> Path:
    return make_fleet(tmp_path / "fleet", "python_agent")


def disable(fleet: Path) -> None:
    (fleet / "qpf.yaml").write_text((fleet / "qpf.yaml").read_text() + OFF)


@pytest.mark.parametrize("command", [("compile", "--progress=none"), ("plan",)])
def test_a_cache_that_the_fleet_does_not_want_is_said_not_to_be_used(
    fleet: Path, command: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    disable(fleet)
    status, output = run([*command, "--cache", URL], fleet)
    assert (status, output.count(UNUSED), "Connection refused" in output) == (0, 1, False), output
    monkeypatch.setenv("QPF_CACHE", URL)
    assert UNUSED in run([*command], fleet)[1]
    monkeypatch.delenv("QPF_CACHE")
    assert "cache" not in run([*command], fleet)[1]


def test_no_cache_goes_with_none_that_is_named(fleet: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    status, output = run(["compile", "--no-cache", "--cache", URL], fleet)
    assert (status, "Error: --no-cache uses no cache, so --cache names none" in output) == (2, True), output
    monkeypatch.setenv("QPF_CACHE", URL)
    status, output = run(["compile", "--no-cache"], fleet)
    assert (status, "cache" in output) == (0, False), output


def test_a_shard_fills_no_cache_where_the_fleet_wants_none(fleet: Path) -> None:
    disable(fleet)
    status, output = run(["compile", "--shard=1/2"], fleet)
    assert (status, "`extraction_engine.cache.enabled` is false in qpf.yaml" in output) == (2, True), output
    assert not (fleet / ".qpf/cache").exists()
