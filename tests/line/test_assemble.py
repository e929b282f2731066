"""What speaks for an agent: its base, its subs and theirs, once each."""

import json
import shutil
from itertools import permutations
from pathlib import Path

import pytest

from tests.command import run

TINY = Path(__file__).parent.parent / "fleets" / "tiny"


@pytest.fixture
def fleet(tmp_path: Path) -> Path:
    root = tmp_path / "fleet"
    shutil.copytree(TINY, root)
    for name in ("alpha", "beta"):
        (root / "sub" / f"{name}.yaml").write_text(
            f"name: {name}\nschema_version: 6.0.0\ntype: sub-schema\nrole: Brings memory along.\n"
            f"composition: {{subs: [memory]}}\nsystem: {{tags: [{name}]}}\n"
        )
    return root


def with_subs(root: Path, subs: tuple[str, ...]) -> dict[str, bytes]:
    agent = root / "agents" / "keeper.yaml"
    lines = agent.read_text().splitlines(keepends=True)
    composed = [
        f"composition: {{base: service, subs: [{', '.join(subs)}]}}\n"
        if line.startswith("composition:")
        else line
        for line in lines
    ]
    agent.write_text("".join(composed))
    out = root / "out"
    status, output = run(["compile", "--out", str(out)], root)
    assert status == 0, output
    return {
        path.relative_to(out).as_posix(): path.read_bytes()
        for path in out.rglob("*")
        if path.is_file() and path.name != "qpf.lock"
    }


def test_order_and_repetition_of_subs_have_no_meaning(fleet: Path) -> None:
    trees = [with_subs(fleet, order) for order in permutations(("alpha", "beta", "memory"))]
    assert all(tree == trees[0] for tree in trees[1:])
    assert with_subs(fleet, ("alpha", "beta")) == trees[0]


def test_sub_of_two_subs_speaks_once(fleet: Path) -> None:
    tree = with_subs(fleet, ("beta", "alpha"))
    composed = tree["dev/composed/keeper.yaml"].decode()
    assert composed.count("remember:") == 1
    assert "- alpha\n    - beta\n    - memory\n" in composed


def test_misnamed_sub_is_one_finding_and_no_crash(fleet: Path) -> None:
    sub = fleet / "sub" / "memory.yaml"
    sub.write_text(sub.read_text().replace("name: memory", "name: memroy"))
    status, output = run(["validate", "-o", "json"], fleet)
    assert (status, [each["code"] for each in json.loads(output)["findings"]]) == (1, ["QPF205"])
