"""Whatever is wrong with a history ends in one sentence, and no run is lost to another."""

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from qpf.io import runs_file
from qpf.io.runs import History
from qpf.model.extension import Measurement
from qpf.model.run import HistoryError
from tests.extraction_observability.told import finished, run, told

ROOT = Path(__file__).parent.parent.parent

WRITER = """
import sys
from pathlib import Path
from qpf.io.runs import History
from tests.extraction_observability.told import finished, run

path, name, count = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
history = History(path, patience=60)
print("ready", flush=True)
sys.stdin.readline()
for number in range(count):
    for event in run(*(finished(f"agent_{each}") for each in range(200)), name=f"{name}.{number}"):
        history(event)
    print(f"{name}.{number}", flush=True)
print(history.close(), flush=True)
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / ".qpf" / "runs.sqlite"


def writer(path: Path, name: str, count: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path), name, str(count)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": f"{ROOT}/compiler:{ROOT}"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def test_processes_that_write_at_once_lose_no_run(path: Path) -> None:
    writers = [writer(path, name, 5) for name in "abc"]
    for each in writers:
        assert each.stdout.readline() == "ready\n"
    for each in writers:
        each.stdin.write("\n")
        each.stdin.flush()
    for name, each in zip("abc", writers, strict=True):
        said, _ = each.communicate()
        assert said == "".join(f"{name}.{number}\n" for number in range(5)) + "\n"
    names = [each.run for each in History(path).read().runs]
    assert sorted(names) == [f"{name}.{number}" for name in "abc" for number in range(5)]
    assert all(each.tallies["dev"].built == 200 for each in History(path).read().runs)


def test_a_kill_while_writing_loses_at_most_the_run_that_was_written(path: Path) -> None:
    for moment in range(6):
        process = writer(path, f"k{moment}", 100)
        assert process.stdout.readline() == "ready\n"
        process.stdin.write("\n")
        process.stdin.flush()
        said = [process.stdout.readline().strip() for _ in range(moment + 1)]
        process.send_signal(signal.SIGKILL)
        rest, _ = process.communicate()
        said += rest.split()
        kept = [each for each in History(path).read().runs if each.run.startswith(f"k{moment}.")]
        names = [each.run for each in kept]
        assert names[: len(said)] == said
        assert len(names) - len(said) in {0, 1}
        assert all(each.tallies["dev"].built == 200 for each in kept)
    assert told(History(path), *run(finished("a"), name="after")) == ""
    assert History(path).read().runs[-1].run == "after"
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def no_database(path: Path) -> None:
    path.write_bytes(b"this is no database, whatever its name says " * 100)


def overwritten(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:4096] + b"\xa5" * 50_000)


def without_a_table(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("DROP TABLE run")


def of_somebody_else(path: Path) -> None:
    path.unlink()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE run (x)")


DAMAGES = (no_database, overwritten, without_a_table, of_somebody_else)


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_history_is_moved_aside_and_a_new_one_begins(
    path: Path, damage: Callable[[Path], None]
) -> None:
    told(History(path), *run(finished("a"), name="old"))
    damage(path)
    content = path.read_bytes()
    said = told(History(path), *run(finished("a"), name="new"))
    assert said == (
        "the run history .qpf/runs.sqlite was damaged: it is now runs.sqlite.damaged, and a new one begins"
    )
    assert [each.run for each in History(path).read().runs] == ["new"]
    assert path.with_name("runs.sqlite.damaged").read_bytes() == content


@pytest.mark.parametrize("damage", [no_database, overwritten, without_a_table])
def test_who_reads_a_damaged_history_is_told_and_changes_nothing(
    path: Path, damage: Callable[[Path], None]
) -> None:
    told(History(path), *run(finished("a")))
    damage(path)
    content = path.read_bytes()
    with pytest.raises(
        HistoryError, match=r"^the run history \.qpf/runs\.sqlite is damaged \(.*\); the next"
    ):
        History(path).read()
    assert set(History(path).estimate("dev", ["a"])) <= {"a"}
    assert path.read_bytes() == content


def test_an_empty_file_is_an_empty_history(path: Path) -> None:
    path.parent.mkdir()
    path.touch()
    assert History(path).read().runs == ()
    assert told(History(path), *run(finished("a"))) == ""
    assert len(History(path).read().runs) == 1


def test_a_history_of_a_later_version_is_left_as_it_is(path: Path) -> None:
    told(History(path), *run(finished("a")))
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version=2")
    before = path.read_bytes()
    sentence = "the run history .qpf/runs.sqlite is of a later version of qpf and is left as it is"
    assert told(History(path), *run(finished("a"))) == sentence
    with pytest.raises(HistoryError, match=sentence):
        History(path).read()
    assert path.read_bytes() == before


def test_a_locked_history_costs_one_sentence(path: Path) -> None:
    told(History(path), *run(finished("a"), name="before"))
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        said = told(History(path, patience=0.0), *run(finished("a"), name="lost"), *run(finished("a")))
        assert said == "the run history .qpf/runs.sqlite cannot be used: database is locked"
        assert [each.run for each in History(path).read().runs] == ["before"]
    assert told(History(path), *run(finished("a"), name="after")) == ""
    assert [each.run for each in History(path).read().runs] == ["before", "after"]


@pytest.mark.parametrize("obstacle", ["a file in place of the folder", "a folder in place of the file"])
def test_what_cannot_be_written_costs_one_sentence(path: Path, obstacle: str) -> None:
    if obstacle.startswith("a folder"):
        path.mkdir(parents=True)
    else:
        path.parent.write_text("")
    said = told(History(path), *run(finished("a")))
    assert said.startswith("the run history .qpf/runs.sqlite cannot be used: ")
    assert "\n" not in said


def test_ctrl_c_while_a_history_is_opened_leaves_nothing_beside_it(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(connection: sqlite3.Connection) -> int:
        connection.execute("SELECT * FROM run").fetchall()
        raise KeyboardInterrupt

    assert told(History(path), *run(finished("a"))) == ""
    before = sorted(path.parent.iterdir())
    monkeypatch.setattr(runs_file, "_version", interrupted)
    with pytest.raises(KeyboardInterrupt) as raised:
        History(path).read()
    assert raised.traceback  # keeps alive what was open
    assert sorted(path.parent.iterdir()) == before


def test_a_history_that_may_only_be_read_is_read(path: Path) -> None:
    told(History(path), *run(finished("a")))
    path.chmod(0o444)
    path.parent.chmod(0o555)
    try:
        assert len(History(path).read().runs) == 1
        if os.geteuid() != 0:  # who may write everywhere is not refused
            said = told(History(path), *run(finished("a")))
            assert said.startswith("the run history .qpf/runs.sqlite cannot be used: ")
    finally:
        path.parent.chmod(0o755)


def test_a_history_that_nobody_may_look_at_costs_no_more_than_the_estimate(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "stat", refuse)
    assert History(path).estimate("dev", ["a"]) == {}
    with pytest.raises(HistoryError, match=r"runs\.sqlite cannot be used: Permission denied"):
        History(path).read()


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE build SET seconds = 'x'",
        "UPDATE build SET seconds = 9e999",
        "UPDATE run SET seconds = -9e999",
        "UPDATE tally SET kept = 'x'",
        "UPDATE plan SET agents = x'00'",
        "UPDATE plan SET agents = '[]'",
        """UPDATE plan SET agents = '{"a": "b"}'""",
        "UPDATE judged SET value = 'x'",
    ],
)
def test_values_that_no_version_writes_are_one_sentence_and_no_estimate(path: Path, change: str) -> None:
    history = History(path)
    told(history, *run(finished("a")))
    history.record_measurements([("dev", "coverage", Measurement("a", "lines", "93 %", "80 %", passed=True))])
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(change)
    assert set(history.estimate("dev", ["a"]).values()) <= {2.0}
    with pytest.raises(HistoryError, match="holds what no version of qpf writes"):
        history.read()
