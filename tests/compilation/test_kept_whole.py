"""How many agents a worker keeps whole cannot change what comes out."""

from pathlib import Path

import pytest

from qpf.compilation import worker
from qpf.compilation.front import Front
from tests.compilation.compiling import compiled, front_of
from tests.compilation.memory import MESH


@pytest.mark.parametrize("whole", [0, 2])
def test_agents_that_are_merged_again_come_out_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, whole: int
) -> None:
    expected = compiled(front_of(MESH), tmp_path / "all")
    merged: list[str] = []
    compose = Front.compose

    def counted(self: Front, environment: str, agent: str, *rest: object) -> object:
        merged.append(f"{environment}/{agent}")
        return compose(self, environment, agent, *rest)  # type: ignore[arg-type]  # passed on as it came

    monkeypatch.setattr(worker, "WHOLE", whole)
    monkeypatch.setattr(Front, "compose", counted)
    front = front_of(MESH)
    assert compiled(front, tmp_path / "few") == expected
    agents = len(front.agents) * len(front.configuration.overrides)
    assert len(merged) == agents + (agents - whole), "each is merged to be checked, and those not kept again"
