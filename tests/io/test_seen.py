"""What is noted of files is read back as it was."""

import os
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from qpf.io.seen import Seen, Stamp, read_seen, write_seen

SIGNED = st.integers(-(2**63), 2**63 - 1)
UNSIGNED = st.integers(0, 2**64 - 1)
"""A file of before 1970 has negative times; some file systems number files from the top."""


@st.composite
def statuses(draw: st.DrawFn) -> os.stat_result:
    size, modified, changed = draw(st.integers(0, 2**63 - 1)), draw(SIGNED), draw(SIGNED)
    inode, mode = draw(UNSIGNED), draw(st.integers(0, 2**32 - 1))
    return os.stat_result(
        (mode, inode, 0, 1, 0, 0, size, 0, 0, 0),
        {"st_mtime_ns": modified, "st_ctime_ns": changed},
    )


@given(
    found=st.dictionaries(st.from_regex(r"[a-z/ü]{1,9}", fullmatch=True), statuses(), max_size=4),
    whole=st.booleans(),
)
def test_what_was_seen_survives_being_written(found: dict[str, os.stat_result], *, whole: bool) -> None:
    stamps = {path: Stamp.of(status) for path, status in found.items()}
    seen = Seen({path: f"sha256:{path}" for path in found}, stamps, whole)
    again = read_seen(write_seen(seen))
    assert again == seen
    assert all(again.stamps[path].matches(status) for path, status in found.items())


@given(statuses(), statuses())
def test_only_the_same_status_matches(one: os.stat_result, other: os.stat_result) -> None:
    stamp = Stamp.of(one)
    assert stamp.matches(one)
    assert stamp.matches(other) == (Stamp.of(other) == stamp)
    assert stamp.latest == max(one.st_mtime_ns, one.st_ctime_ns)
    assert stamp.executable == bool(one.st_mode & 0o100)


def test_damaged_notes_are_nothing_seen() -> None:
    assert read_seen(b"") == Seen()
    content = write_seen(Seen({"a": "sha256:a"}, {"a": Stamp.of(Path("/").stat())}, whole=True))
    assert read_seen(content[:-1]) == Seen()
