"""The lock: one spelling, read back to itself, and nothing else accepted."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qpf.io.lockfile import is_inner_path, read_lock, salvage, write_lock
from qpf.model.digest import digest
from qpf.model.lock import ArtifactEntry, EngineEntry, Lock, MigratedEntry, PluginPin, SourceEntry

SUM = digest(b"x")
LOCK = Lock(
    environment="dev",
    compiler="0.1.0",
    plugins=(PluginPin("kubernetes", "0.1.0", SUM), PluginPin("python_agent", "0.1.0", SUM)),
    sources=(SourceEntry("agents/a.yaml", SUM), SourceEntry("qpf.yaml", SUM)),
    artifacts=(
        ArtifactEntry("composed/a.yaml", SUM, "", "a"),
        ArtifactEntry("fleet.json", SUM, "python_agent", ""),
    ),
)

texts = st.text(st.characters(exclude_categories=["Cs"]))
digests = st.binary(max_size=4).map(digest)
paths = texts.filter(is_inner_path)


def unique(entries: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[Any, ...]]:
    listed = st.lists(
        entries, max_size=5, unique_by=lambda entry: getattr(entry, "path", getattr(entry, "name", ""))
    )
    return listed.map(lambda found: tuple(sorted(found)))


locks = st.builds(
    Lock,
    environment=texts,
    compiler=texts,
    plugins=unique(st.builds(PluginPin, texts, texts, digests)),
    sources=unique(st.builds(SourceEntry, paths, digests)),
    artifacts=unique(st.builds(ArtifactEntry, paths, digests, texts, texts)),
    migrated=unique(st.builds(MigratedEntry, paths, st.sampled_from(["5.9.0", "6.10.0"]))),
    engines=unique(st.builds(EngineEntry, texts, texts)),
)


@given(locks)
def test_a_lock_reads_back_to_itself(lock: Lock) -> None:
    outcome = read_lock("qpf.lock", write_lock(lock))
    assert (outcome.value, outcome.report.diagnostics) == (lock, ())


@given(locks)
def test_a_lock_has_one_spelling(lock: Lock) -> None:
    content = write_lock(lock)
    shuffled = Lock(
        lock.environment,
        lock.compiler,
        lock.plugins[::-1],
        lock.sources[::-1],
        lock.artifacts[::-1],
        lock.migrated[::-1],
        lock.engines[::-1],
    )
    assert write_lock(shuffled) == content
    assert content.endswith(b"}\n")
    assert json.loads(content)["format"] == 1


def test_each_entry_has_a_line_of_its_own() -> None:
    lines = write_lock(LOCK).decode().splitlines()
    assert f'    "agents/a.yaml": "{SUM}",' in lines
    assert f'    "fleet.json": {{"digest": "{SUM}", "emitter": "python_agent", "subject": ""}}' in lines
    assert len(lines) == 17


@pytest.mark.parametrize("migrated", ["[]", '{"../x": "5.9.0"}', '{"a": "5.9"}', '{"a": 5}', "null"])
def test_what_is_said_to_be_migrated_is_held_to_what_we_write(migrated: str) -> None:
    content = write_lock(LOCK).decode().removesuffix("\n}\n") + f',\n  "migrated": {migrated}\n}}\n'
    outcome = read_lock("qpf.lock", content.encode())
    assert outcome.value is None
    assert [found.code.name for found in outcome.report.diagnostics] == ["damaged-lock"]


def test_a_lock_that_names_a_path_twice_is_not_written() -> None:
    twice = Lock("dev", "1", (), (SourceEntry("a", SUM), SourceEntry("a", digest(b"y"))), ())
    with pytest.raises(ValueError, match="once"):
        write_lock(twice)


def changed(**values: Any) -> bytes:
    return json.dumps(json.loads(write_lock(LOCK)) | values).encode()


DAMAGED = {
    "empty": b"",
    "cut off": write_lock(LOCK)[:200],
    "not JSON": b"lock: 1\n",
    "not UTF-8": b'{"format": 1, "\xff": 1}',
    "byte order mark": b"\xef\xbb\xbf" + write_lock(LOCK),
    "a list": b"[]",
    "null": b"null",
    "no format": b"{}",
    "format as text": changed(format="1"),
    "format as truth": changed(format=True),
    "a key more": changed(more=1),
    "a key less": b'{"format": 1}',
    "a wrong type": changed(environment=1),
    "a list for a block": changed(sources=[]),
    "not a number": changed(environment=float("nan")),
    "a huge number": b'{"format": ' + b"1" * 5000 + b"}",
    "deep nesting": b"[" * 100_000,
    "half a surrogate": changed(environment="\ud800"),
    "the same key twice": b'{"format": 1, "format": 1}',
    "the same path twice": write_lock(LOCK).replace(b'"agents/a.yaml"', b'"qpf.yaml"'),
    "an entry of the wrong type": changed(artifacts={"a": SUM}),
    "a plugin without digest": changed(plugins={"a": {"version": "1"}}),
    "no digest": changed(sources={"a": "x"}),
    "a digest and more": changed(sources={"a": SUM + "\n"}),
    "a path that climbs": changed(artifacts={"../a": {"digest": SUM, "emitter": "", "subject": ""}}),
    "a path that climbs later": changed(sources={"a/../../b": SUM}),
    "an absolute path": changed(artifacts={"/etc/passwd": {"digest": SUM, "emitter": "", "subject": ""}}),
    "a path with NUL": changed(sources={"a\0": SUM}),
    "an empty path": changed(sources={"": SUM}),
    "a merge conflict": b"<<<<<<< HEAD\n" + write_lock(LOCK) + b"=======\n>>>>>>> other\n",
}


@pytest.mark.parametrize("content", DAMAGED.values(), ids=DAMAGED.keys())
def test_a_damaged_lock_is_a_finding_and_no_lock(content: bytes) -> None:
    outcome = read_lock("environments/dev/qpf.lock", content)
    (one,) = outcome.report.diagnostics
    assert outcome.value is None
    assert one.code.name == "damaged-lock"
    assert one.span is not None
    assert one.span.source == "environments/dev/qpf.lock"
    assert "`qpf compile`" in one.hint


@pytest.mark.parametrize("number", [0, 2, -1, 10**15])
def test_a_format_we_do_not_know_is_an_error_of_its_own(number: int) -> None:
    outcome = read_lock("qpf.lock", changed(format=number))
    assert [one.code.name for one in outcome.report.diagnostics] == ["newer-lock"]
    assert outcome.report.failed


@given(st.integers(0, len(write_lock(LOCK))), st.binary(max_size=6), st.integers(0, 40))
def test_no_damage_to_a_lock_raises(start: int, inserted: bytes, length: int) -> None:
    whole = write_lock(LOCK)
    content = whole[:start] + inserted + whole[start + length :]
    outcome = read_lock("qpf.lock", content)
    assert (outcome.value is None) == bool(outcome.report.diagnostics)
    assert all(is_inner_path(entry.path) for entry in salvage(content))


def test_both_sides_of_a_merge_conflict_are_salvaged() -> None:
    head, tail = write_lock(LOCK).decode().split('    "fleet.json"')
    ours = f'    "ours.txt": {{"digest": "{SUM}", "emitter": "x", "subject": ""}},\n'
    theirs = f'    "theirs.txt": {{"digest": "{SUM}", "emitter": "x", "subject": ""}},\n'
    content = f'{head}<<<<<<< HEAD\n{ours}=======\n{theirs}>>>>>>> other\n    "fleet.json"{tail}'
    assert [entry.path for entry in salvage(content.encode())] == [
        "composed/a.yaml", "fleet.json", "ours.txt", "theirs.txt",
    ]  # fmt: skip


def test_nothing_outside_the_folder_is_salvaged() -> None:
    assert salvage(f'    "../x": {{"digest": "{SUM}", "emitter": "", "subject": ""}}'.encode()) == ()
