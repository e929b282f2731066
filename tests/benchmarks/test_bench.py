"""The bench changes what it says it changes, and sees what it says it sees."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks import compile as benchmark
from benchmarks import fleet, fleet_files
from benchmarks.engine.bench import Bench, another, compile_fleet, create, edit, files_of, output
from benchmarks.engine.growth import memory, peak, tree
from benchmarks.engine.shared import SHARED, share
from benchmarks.measure import Row
from benchmarks.peers import install


def test_an_edit_that_would_change_nothing_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "agent.yaml"
    path.write_text("title: Agent 3\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"agent\.yaml does not say 'role'"):
        edit(path, "role", "rule")
    assert path.read_text(encoding="utf-8") == "title: Agent 3\n"


def test_no_edit_brings_back_what_was(tmp_path: Path) -> None:
    path = tmp_path / "agent.yaml"
    path.write_text("title: Agent 3\n", encoding="utf-8")
    edit_again = another(path, "Agent 3\n", "Agent 3, take %d\n")
    seen = {path.read_text(encoding="utf-8")}
    for _ in range(12):
        edit_again()
        seen.add(path.read_text(encoding="utf-8"))
    assert len(seen) == 13
    assert path.read_text(encoding="utf-8") == "title: Agent 3, take 12\n"


def test_a_copy_is_the_sources_and_was_never_compiled(tmp_path: Path) -> None:
    bench = Bench(tmp_path, tmp_path, 30, 1)
    sources = bench.sources()
    first, second = bench.copy(sources), bench.copy(sources)
    (first / "qpf.yaml").write_text("changed", encoding="utf-8")
    assert (second / "qpf.yaml").read_bytes() == (sources / "qpf.yaml").read_bytes() != b"changed"
    assert not (second / ".qpf").exists()
    assert [path.name for path in output(second).iterdir()] == ["environment.yaml"]


def test_three_of_ten_agents_share_a_sub_schema_and_change_with_it(tmp_path: Path) -> None:
    folder = fleet.make(30, tmp_path / "fleet")
    assert share(folder, 30) == 9
    compile_fleet(folder)
    lock = json.loads((output(folder) / "qpf.lock").read_text(encoding="utf-8"))
    having = [
        path for path in lock["artifacts"] if path.endswith(f"/skill_{SHARED}.py") and "/test" not in path
    ]
    assert len(having) == 9


def test_the_floor_creates_the_same_files(tmp_path: Path) -> None:
    folder = fleet.make(30, tmp_path / "fleet")
    compile_fleet(folder)
    files = files_of(folder)
    assert create(files, tmp_path / "floor") > 0
    made = {
        path.relative_to(tmp_path / "floor"): path.read_bytes()
        for path in (tmp_path / "floor").rglob("*")
        if path.is_file()
    }
    assert made == files
    assert len(made) > 30 * 29


def test_a_tree_of_processes_holds_the_children_and_nobody_else() -> None:
    nested = "import subprocess, sys; subprocess.run(['cat'])"
    with subprocess.Popen([sys.executable, "-c", nested], stdin=subprocess.PIPE) as parent:
        while len(tree(parent.pid)) < 2:  # until it has started its own
            assert parent.poll() is None
        found = tree(parent.pid)
        assert found < tree(os.getpid())
        apart = [memory({process}) for process in found]
        assert all(each.resident > each.proportional > 0 for each in apart)
        assert memory(found).resident > max(each.resident for each in apart)
        assert parent.stdin is not None
        parent.stdin.close()
    assert memory({parent.pid}).resident == 0


def test_peak_of_a_command_that_fails_is_none() -> None:
    with pytest.raises(subprocess.CalledProcessError):
        peak([sys.executable, "-c", "raise SystemExit(3)"])


def test_a_peer_that_cannot_be_installed_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(install, "PEERS", tmp_path)
    monkeypatch.setattr(install, "ROOT", tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(install.MissingPeerError, match="uv is not installed"):
        install.install("kapitan")


def test_an_installation_that_fails_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(install, "PEERS", tmp_path / "peers")
    monkeypatch.setattr(install, "ROOT", tmp_path)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    uv = tmp_path / "uv"
    uv.write_text("#!/bin/sh\necho no such version >&2\nexit 1\n", encoding="utf-8")
    uv.chmod(0o755)
    with pytest.raises(install.MissingPeerError, match="kcl cannot be installed: no such version"):
        install.install("kcl")


def test_a_case_that_cannot_be_measured_fails_the_run_and_leaves_the_others(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fails(_bench: Bench) -> list[Row]:
        raise subprocess.CalledProcessError(2, ["qpf"])

    monkeypatch.setitem(benchmark.CASES, "cold", fails)
    monkeypatch.setattr(
        sys, "argv", ["compile.py", "--case", "cold", "--case", "start-up", "--runs", "1", "-o", "json"]
    )
    status = benchmark.main()
    out, err = capsys.readouterr()
    assert status == 1
    assert err.startswith("cold could not be measured: ")
    assert [row["case"] for row in json.loads(out)["rows"]] == ["qpf --version"]


def test_a_fleet_without_every_shape_is_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for agents in ("20", "35"):
        monkeypatch.setattr(sys, "argv", ["compile.py", "--agents", agents])
        with pytest.raises(SystemExit):
            benchmark.main()
        assert f"whole chains of {fleet_files.CHAIN}" in capsys.readouterr().err
