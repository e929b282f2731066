"""`qpf compile --verify-cache` proves what memory and caches say, and tells when they lie."""

import shutil
from pathlib import Path

import pytest

from qpf.compilation.checking import Checking
from qpf.compilation.front import load_front
from qpf.engine.entry import read, seal
from qpf.engine.pack import contents, read_head, write_pack
from qpf.engine.silent import write_silent
from qpf.io.worktree import WorkTree
from qpf.model.artifact import Artifact
from qpf.model.digest import digest_of
from tests.command import run
from tests.compilation.chains import append, swap

FLEETS = Path(__file__).parents[1] / "fleets"


@pytest.fixture
def fleet(tmp_path: Path) -> Path:
    return Path(shutil.copytree(FLEETS / "tiny", tmp_path / "fleet"))


def entries(fleet: Path, kind: bytes) -> list[Path]:
    """Files of the local cache that hold an entry of a kind."""
    return [
        path
        for path in sorted((fleet / ".qpf/cache").rglob("*"))
        if path.is_file() and b"qpf:" + kind + b":" in path.read_bytes()[:200]
    ]


def lie(payload: bytes) -> bytes:
    """A pack that is right in itself, and of files that nobody made."""
    return write_pack(
        Artifact(
            output.path,
            content + b"# a lie\n" if output.path.endswith(".py") else content,
            executable=output.executable,
            emitter=output.emitter,
            subject=output.subject,
        )
        for output, content in contents(payload, read_head(payload))
    )


def test_memory_that_is_right_is_found_right(fleet: Path) -> None:
    for _ in range(2):
        assert run(["compile", "--verify-cache"], fleet)[0] == 0


def test_an_entry_that_lies_is_told_and_nothing_is_written(fleet: Path) -> None:
    run(["compile"], fleet)
    before = (fleet / "environments/dev/qpf.lock").read_bytes()
    lying = entries(fleet, b"extraction")
    assert lying
    for path in lying:
        key, payload = read(path.read_bytes())
        path.write_bytes(seal(key, lie(payload)))
    shutil.rmtree(fleet / ".qpf/state")
    (fleet / ".qpf/standstill").unlink(missing_ok=True)
    status, output = run(["compile", "--verify-cache"], fleet)
    assert status == 1
    assert "QPF074 wrong-memory" in output
    assert (fleet / "environments/dev/qpf.lock").read_bytes() == before


def test_a_silence_that_lies_about_a_text_is_told(fleet: Path) -> None:
    run(["compile"], fleet)
    append("agents/keeper.yaml", "# password: tr0ub4dor-and-3\n")(fleet)
    front = load_front(WorkTree(fleet)).value
    assert front is not None
    digests = {path: each.digest for path, each in front.sources.items()}
    (fleet / ".qpf/texts").write_bytes(write_silent(digests, digest_of(front.tools)))
    status, output = run(["compile", "--verify-cache"], fleet)
    assert (status, "QPF074 wrong-memory" in output) == (1, True)
    assert "memory is silent where a compile from nothing says QPF520: " in output
    assert "tr0ub4dor" not in output


def test_a_silence_that_lies_about_an_environment_is_told(
    fleet: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Checking, "_around", lambda *_: "not what is around")
    run(["compile"], fleet)
    pool = "{namespace: tiny-dev, resource_pool: {total_available: {cpu: 1m}}}"
    swap("environments/dev/environment.yaml", "{namespace: tiny-dev}", pool)(fleet)
    status, output = run(["compile", "--verify-cache"], fleet)
    assert (status, "QPF074 wrong-memory" in output) == (1, True)
    assert "memory is silent where a compile from nothing says QPF703: " in output


def test_a_check_finds_what_is_compiled_without_keeping_anything(fleet: Path) -> None:
    run(["compile"], fleet)
    (fleet / ".qpf/standstill").unlink(missing_ok=True)
    shutil.rmtree(fleet / ".qpf/cache")
    assert run(["compile", "--check"], fleet) == (0, "every file is as its sources compile to\n")
    assert not entries(fleet, b"check")
