"""What is ours is what a lock names, and an input is nobody's but a person's."""

from pathlib import Path

from tests.io.folders import State, contents, state


def test_an_input_that_a_lock_names_stays(tmp_path: Path) -> None:
    folder = tmp_path / "dev"
    folder.mkdir()
    lying, now = State({"environment.yaml": b"input\n"}), state(a="1")
    (folder / "environment.yaml").write_bytes(b"input\n")
    (folder / "qpf.lock").write_bytes(lying.on_disk["qpf.lock"])
    assert not now.publish(folder, lying).report.diagnostics
    assert contents(folder) == now.on_disk | {"environment.yaml": b"input\n"}
