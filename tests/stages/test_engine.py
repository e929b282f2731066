"""What `qpf.yaml` says about compiling is a number that a machine can hold, or a finding."""

import pytest
from pydantic import TypeAdapter, ValidationError

from qpf.stages.engine import CacheSettings, ResourceLimits, Size, bytes_of


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ("1KB", 1000),
        ("500 MB", 500_000_000),
        ("1.5 GiB", 3 * 2**29),
        ("1.001 KiB", 1025),
        (f"{'9' * 400} GB", 2**62),
        (f"1.{'9' * 400} KB", 2000),
    ],
)
def test_a_size_is_a_number_of_bytes_however_it_is_written(size: str, expected: int) -> None:
    assert abs(bytes_of(TypeAdapter(Size).validate_python(size)) - expected) <= 1


def test_times_that_no_clock_can_tell_are_refused() -> None:
    with pytest.raises(ValidationError, match="ttl_hours"):
        CacheSettings(ttl_hours=10**12)
    with pytest.raises(ValidationError, match="cpu_seconds_per_extraction"):
        ResourceLimits(cpu_seconds_per_extraction=10**12)


def test_the_scheme_of_a_cache_is_written_in_any_case() -> None:
    assert CacheSettings(backend="redis", url="REDISS://cache").url == "REDISS://cache"
    with pytest.raises(ValidationError, match="begins with `redis://`"):
        CacheSettings(backend="redis", url="S3://cache")
