"""`qpf validate --watch`, as a real process beside an editor."""

import os
import pty
import queue
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path, PurePath

import pytest

from qpf.io.watching import may_be_source
from tests.command import run

WAITING = "waiting for changes"
SECONDS = 60.0
"""A busy machine must not fail a law."""


class Watcher:
    """The process, and what it says, line by line."""

    def __init__(self, root: Path, *arguments: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "qpf", "-C", str(root), "validate", "--watch", *arguments],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True, encoding="utf-8",
        )  # fmt: skip
        self._lines: queue.Queue[str] = queue.Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._lines.put(line)

    def verdict(self) -> str:
        """All that is said up to the next verdict."""
        said = ""
        deadline = time.monotonic() + SECONDS
        while WAITING not in said:
            said += self._lines.get(timeout=max(0.01, deadline - time.monotonic()))
        return said

    def silent(self, seconds: float) -> bool:
        try:
            self._lines.get(timeout=seconds)
        except queue.Empty:
            return True
        return False

    def end(self) -> None:
        self.process.kill()
        self.process.wait()
        self._reader.join()
        assert self.process.stdout is not None
        self.process.stdout.close()

    def interrupt(self) -> int:
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(SECONDS)


@pytest.fixture
def fleet(tmp_path: Path) -> Path:
    assert run(["init", "fleet"], tmp_path)[0] == 0
    return tmp_path / "fleet"


@pytest.fixture
def watcher(fleet: Path) -> Iterator[Watcher]:
    made = Watcher(fleet)
    yield made
    made.end()


def test_a_change_is_validated_and_named(fleet: Path, watcher: Watcher) -> None:
    assert watcher.verdict().startswith("no findings: 1 agent, 1 environment\nno errors; waiting")
    file = fleet / "agents" / "keeper.yaml"
    whole = file.read_text()
    file.write_text(whole.replace("metadata: {description", "metadata: {descripton"))
    said = watcher.verdict()
    assert said.startswith("agents/keeper.yaml changed\n")
    assert "QPF201" in said
    assert said.endswith("errors; waiting for changes, Ctrl-C ends it\n")
    file.write_text(whole)
    assert "no findings" in watcher.verdict()
    assert watcher.interrupt() == 0


def test_a_file_that_is_saved_by_renaming_is_seen_again_and_again(fleet: Path, watcher: Watcher) -> None:
    watcher.verdict()
    file = fleet / "agents" / "keeper.yaml"
    for text in ("name: [", file.read_text() + "# more\n", "name: {"):
        fresh = file.with_name(".keeper.yaml.swp")
        fresh.write_text(text)
        fresh.replace(file)
        assert "agents/keeper.yaml changed" in watcher.verdict()
    assert watcher.interrupt() == 1


def test_new_and_removed_folders_are_seen(fleet: Path, watcher: Watcher) -> None:
    watcher.verdict()
    made = fleet / "migrations"
    made.mkdir()
    (made / "one.yaml").write_text("from: 6.0.0\n")
    said = watcher.verdict()
    assert "migrations/one.yaml is new" in said
    assert "QPF203" in said
    shutil.rmtree(made)
    assert "migrations/one.yaml is gone" in watcher.verdict()
    (fleet / "environments" / "dev").rename(fleet / "environments" / "old")
    said = watcher.verdict()
    assert "environments/old/environment.yaml is new" in said
    assert "QPF024" in said


def test_a_fleet_that_is_gone_and_comes_back(fleet: Path, watcher: Watcher) -> None:
    watcher.verdict()
    text = (fleet / "qpf.yaml").read_text()
    (fleet / "qpf.yaml").unlink()
    said = watcher.verdict()
    assert "QPF030" in said
    assert "no verdict; waiting" in said
    (fleet / "qpf.yaml").write_text(text)
    assert "no errors" in watcher.verdict()


def test_what_is_no_source_is_no_matter(fleet: Path, watcher: Watcher) -> None:
    watcher.verdict()
    assert run(["compile"], fleet)[0] == 0
    (fleet / ".git").mkdir()
    (fleet / ".git" / "index").write_text("x")
    (fleet / "README.md").write_text("x")
    os.utime(fleet / "agents" / "keeper.yaml")
    assert watcher.silent(2.0)
    (fleet / "agents" / "keeper.yaml").write_text("name: [")
    assert "agents/keeper.yaml changed" in watcher.verdict()


def test_many_changes_at_once_are_one(fleet: Path, watcher: Watcher) -> None:
    watcher.verdict()
    stage = fleet / ".stage"
    stage.mkdir()
    for number in range(40):
        (stage / f"a{number}.yaml").write_text(f"name: a{number}\n")
    for number in range(40):
        (stage / f"a{number}.yaml").replace(fleet / "sub" / f"a{number}.yaml")
    named = 0
    while named < 40:  # a very busy machine may part them
        (line,) = [each for each in watcher.verdict().splitlines() if "is new" in each]
        named += line.count(" is new") + int(line.partition(" and ")[2].partition(" more")[0] or 0)
    assert named == 40


def test_a_named_agent_that_is_gone_ends_nothing(fleet: Path) -> None:
    made = Watcher(fleet, "--agent", "keeper")
    try:
        made.verdict()
        (fleet / "agents" / "keeper.yaml").rename(fleet / "agents" / "warden.yaml")
        said = made.verdict()
        assert "no agent `keeper`" in said
        assert "no verdict" in said
        assert made.interrupt() == 2
    finally:
        made.end()


def test_on_a_terminal_the_old_findings_are_cleared(fleet: Path) -> None:
    ours, theirs = pty.openpty()
    child = subprocess.Popen(
        [sys.executable, "-m", "qpf", "-C", str(fleet), "validate", "--watch"],
        stdin=theirs, stdout=theirs, stderr=theirs, env={**os.environ, "TERM": "xterm"},
    )  # fmt: skip
    os.close(theirs)
    try:
        seen = b""
        while seen.count(WAITING.encode()) < 1:
            seen += os.read(ours, 65536)
        (fleet / "agents" / "keeper.yaml").write_text("name: [")
        while seen.count(WAITING.encode()) < 2:
            seen += os.read(ours, 65536)
        assert seen.count(b"\x1b[2J") == 2
    finally:
        child.kill()
        child.wait()
        os.close(ours)


@pytest.mark.parametrize("arguments", [["--rev", "HEAD"], ["--staged"], ["--fix"], ["-o", "json"]])
def test_what_does_not_go_with_it_is_refused(arguments: list[str], fleet: Path) -> None:
    status, output = run(["validate", "--watch", *arguments], fleet)
    assert status == 2
    assert "--watch looks at the work tree" in output


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--unsafe-fixes"], "say how to --fix"),
        (["--diff"], "say how to --fix"),
        (["--layer", "nonsense"], "there is no layer `nonsense`"),
        (["--layer", "8"], "there is no layer `8`"),
    ],
)
def test_wrong_usage_is_not_watched(arguments: list[str], message: str, fleet: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "qpf", "-C", str(fleet), "validate", "--watch", *arguments],
        capture_output=True, text=True, encoding="utf-8", timeout=SECONDS, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert message in done.stderr
    assert WAITING not in done.stderr


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("qpf.yaml", True), ("QPF.yml", True), ("agents", True), ("agents/a.yaml", True),
        ("templates/x/y.jinja", True), ("base/constraints/x.cue", True),
        ("environments/dev", True), ("environments/dev/environment.yaml", True),
        ("environments/dev/qpf.lock", False), ("environments/dev/agents/a/environment.yaml", False),
        (".git/index", False), (".qpf/x", False), ("agents/.a.yaml.swp", False), ("agents/a.yaml~", False),
        ("README.md", False), ("golden/dev/a.yaml", False), (".", False),
    ],
)  # fmt: skip
def test_where_sources_may_lie(path: str, wanted: object) -> None:
    assert may_be_source(PurePath(path)) is wanted
