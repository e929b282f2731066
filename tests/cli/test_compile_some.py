"""`qpf compile --agent`: the files of some agents are written, all others stay as they lie there."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.command import CURRENT, run
from tests.compilation.chains import NEW, append, make_fleet, swap
from tests.compilation.memory import compile_fleet

AGENT, OTHER = "agent_00003", "agent_00007"


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The fleet, compiled; nobody changes it."""
    root = make_fleet(tmp_path_factory.mktemp("some") / "fleet", scope="10 days")
    assert run(["compile"], root)[0] == 0
    return root


@pytest.fixture
def root(compiled: Path, tmp_path: Path) -> Path:
    return shutil.copytree(compiled, tmp_path / "fleet", symlinks=True)


def files(root: Path, environment: str = "dev") -> dict[str, bytes]:
    folder = root / "environments" / environment
    found = (path for path in sorted(folder.rglob("*")) if path.is_file() and not path.is_symlink())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


def rename(root: Path, *agents: str) -> None:
    for agent in agents:
        number = int(agent[-5:])
        swap(f"agents/{agent}.yaml", f"title: Agent {number}", f"title: The {number}th")(root)


def lock(root: Path) -> Any:
    return json.loads(files(root)["qpf.lock"])


def changed(before: dict[str, bytes], root: Path) -> set[str]:
    now = files(root)
    return {path for path in before.keys() | now.keys() if before.get(path) != now.get(path)}


def subjects(root: Path, paths: set[str]) -> set[str]:
    artifacts = lock(root)["artifacts"]
    return {artifacts[path]["subject"] for path in paths - {"qpf.lock"}}


def test_only_files_of_the_agent_are_written_and_the_environment_is_known_to_be_stale(root: Path) -> None:
    before, sealed = files(root), lock(root)
    rename(root, AGENT, OTHER)
    assert run(["compile", "--agent", AGENT], root)[0] == 0
    assert subjects(root, changed(before, root)) == {AGENT}
    assert lock(root)["sources"] == sealed["sources"]
    status, output = run(["compile", "--check"], root)
    assert (status, f"composed/{OTHER}.yaml: stale" in output) == (1, True)
    assert f"composed/{AGENT}.yaml" not in output


def test_what_is_left_to_compile_is_compiled_later_and_comes_to_the_same(root: Path, tmp_path: Path) -> None:
    rename(root, AGENT, OTHER)
    fresh = make_fleet(tmp_path / "fresh", scope="10 days")
    rename(fresh, AGENT, OTHER)
    for arguments in (["--agent", AGENT], ["--agent", OTHER, "--env", "dev"], []):
        assert run(["compile", *arguments], root)[0] == 0
    run(["compile"], fresh)
    assert [files(root, name) for name in ("dev", "staging")] == [
        files(fresh, name) for name in ("dev", "staging")
    ]


def test_with_nothing_left_to_compile_the_lock_is_sealed_over_the_new_sources(root: Path) -> None:
    rename(root, AGENT)
    run(["compile", "--agent", AGENT], root)
    assert run(["compile", "--check"], root) == (0, CURRENT)


@pytest.mark.parametrize("forgets", [False, True])
def test_what_was_done_by_hand_to_others_stays(root: Path, *, forgets: bool) -> None:
    folder = root / "environments/dev/agents" / OTHER
    edited, gone, linked = sorted(path for path in folder.rglob("*.py"))[:3]
    edited.write_text("# mine\n")
    gone.unlink()
    linked.unlink()
    linked.symlink_to("elsewhere.py")
    if forgets:
        shutil.rmtree(root / ".qpf")
    before = files(root)
    rename(root, AGENT)
    assert run(["compile", "--agent", AGENT, "--env", "dev"], root)[0] == 0
    assert subjects(root, changed(before, root)) == {AGENT}
    assert (linked.is_symlink(), gone.exists(), edited.read_text()) == (True, False, "# mine\n")
    assert str(edited.relative_to(root)) in run(["compile", "--check", "--env", "dev"], root)[1]


def test_files_that_the_agent_no_longer_has_are_removed(root: Path) -> None:
    append("environments/dev/environment.yaml", "targets: [python_agent]\n")(root)
    before = files(root)
    assert run(["compile", "--agent", AGENT, "--env", "dev"], root)[0] == 0
    gone = before.keys() - files(root).keys()
    assert any("networkpolicy" in path for path in gone)
    assert all("00003" in path for path in gone)


def test_without_a_lock_all_is_written(root: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert run(["compile", "--agent", AGENT, "--env", "dev", "--out", str(out)], root)[0] == 0
    written = {path.relative_to(out / "dev").as_posix() for path in out.rglob("*") if path.is_file()}
    assert written == files(root).keys() - {"environment.yaml"}


@pytest.mark.parametrize("arguments", [[], ["--check"], ["--no-cache"]])
def test_an_agent_that_is_not_there_is_wrong_usage(root: Path, arguments: list[str]) -> None:
    status, output = run(["compile", "--agent", "agent_0003", *arguments], root)
    assert (status, "no agent `agent_0003`; did you mean `agent_00003`?" in output) == (2, True)


def test_an_error_elsewhere_stops_it(root: Path) -> None:
    rename(root, AGENT)
    append(f"agents/{OTHER}.yaml", "nonsense: 1\n")(root)
    before = files(root)
    status, output = run(["compile", "--agent", AGENT], root)
    assert (status, f"agents/{OTHER}.yaml:" in output) == (1, True)
    assert files(root) == before


def test_only_what_changed_is_extracted(root: Path) -> None:
    rename(root, AGENT, OTHER)
    done = compile_fleet(root, "--agent", AGENT, "--env", "dev")
    built = {agent for agent, origin in done.origins()["dev"].items() if origin == "built"}
    assert built == {AGENT, OTHER}
    later = compile_fleet(root, "--env", "dev").origins()["dev"]
    assert {later[AGENT], later[OTHER]} == {"local"}


def test_an_agent_that_is_new_comes_in(root: Path) -> None:
    text = (root / f"agents/{OTHER}.yaml").read_text().replace(OTHER, NEW)
    (root / f"agents/{NEW}.yaml").write_text(text.replace("agent-00007", "agent-99999"))
    before = files(root)
    assert run(["compile", "--agent", NEW, "--env", "dev"], root)[0] == 0
    assert subjects(root, changed(before, root)) == {NEW}
