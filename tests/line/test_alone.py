"""A layer that is not composed is judged as far as it can be, and nothing else is said of it."""

import json
import shutil
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from qpf.model.node import to_data
from qpf.pipeline import check, load
from qpf.stages.codes import KIND_CONFLICT
from qpf.syntax.reader import read_yaml
from tests.command import run
from tests.fuzz.inputs import Files, InMemory

TINY = Path(__file__).parent.parent / "fleets" / "tiny"
AGENT, BASE = "agents/keeper.yaml", "base/service.yaml"
Place = tuple[Any, ...]
HEADER = {"name", "schema_version", "role", "composition", "type", "parent_base"}


@cache
def files() -> Files:
    return {
        path.relative_to(TINY).as_posix(): path.read_bytes()
        for path in sorted(TINY.rglob("*"))
        if path.is_file()
    }


def data(file: str) -> Any:
    body = read_yaml(file, files()[file]).value
    assert body is not None
    return to_data(body)


def found(**changed: Any) -> set[tuple[str, str, str]]:
    """What is found of the fleet with some files instead; a file is named by its path with `__` for `/`."""
    texts = {name.replace("__", "/") + ".yaml": json.dumps(each).encode() for name, each in changed.items()}
    loaded = load(InMemory({**files(), **texts}))
    assert loaded.value is not None
    report = loaded.report + check(loaded.value, "dev").report
    return {(each.code.id, str(each.span), each.message) for each in report.diagnostics}


def places(value: Any, above: Place = ()) -> list[Place]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [place for part, each in inner for place in ((*above, part), *places(each, (*above, part)))]


def spoilt(value: Any, path: Place) -> Any:
    """The same with a value of no type, and a key beside it that nobody knows."""
    value = json.loads(json.dumps(value))
    holder = value
    for part in path[:-1]:
        holder = holder[part]
    holder[path[-1]] = {"odd": -1.5} if not isinstance(holder[path[-1]], dict | list) else -1.5
    if isinstance(holder, dict):
        holder["no_such_key"] = 1
    return value


@pytest.mark.parametrize("path", [each for each in places(data(AGENT)) if each[0] not in HEADER], ids=str)
def test_what_is_found_of_an_agent_that_is_not_composed_is_found_of_it_composed(path: Place) -> None:
    agent = spoilt(data(AGENT), path)
    composed = {(code, message) for code, _, message in found(agents__keeper=agent)}
    agent["composition"]["subs"] = ["memorx"]
    by_itself = {(code, message) for code, _, message in found(agents__keeper=agent) if code != "QPF211"}
    # Where a layer has another kind of value than the one below it, that is what is said of it composed.
    conflict = any(code == KIND_CONFLICT.id for code, _ in composed)
    assert {each for each in by_itself if not (conflict and "expected a mapping" in each[1])} <= composed


def test_of_an_agent_that_is_not_composed_types_and_keys_and_values_are_judged() -> None:
    agent = {
        **data(AGENT),
        "composition": {"base": "servce"},
        "system": {"title": 7, "titel": "Keeper"},
        "governance": {"mode": "hybird"},
    }
    codes = {code for code, _, _ in found(agents__keeper=agent)}
    assert codes == {"QPF210", "QPF201", "QPF301", "QPF302"}


def test_of_an_agent_without_a_header_too() -> None:
    agent = {**data(AGENT), "system": {"title": 7}}
    agent["composition"] = 5
    assert {message.partition(":")[0] for _, _, message in found(agents__keeper=agent)} == {
        "`composition`",
        "`title`",
    }


def test_what_an_environment_overrides_of_it_is_judged_as_well(tmp_path: Path) -> None:
    root = Path(shutil.copytree(TINY, tmp_path / "fleet"))
    agent, environment = root / AGENT, root / "environments" / "dev" / "environment.yaml"
    agent.write_text(agent.read_text().replace("base: service", "base: servce"))
    environment.write_text(
        environment.read_text().partition("overrides:")[0]
        + "overrides: {agents: {keeper: {deployment: {replicas: -1, gpu: 1, log_level: 3}}}}\n"
    )
    told = [
        json.loads(run([command, "-o", "json"], root)[1])["findings"] for command in ("validate", "compile")
    ]
    assert [{each["code"] for each in findings} for findings in told] == [
        {"QPF210", "QPF201", "QPF301", "QPF302"}
    ] * 2


@pytest.mark.parametrize("file", ["base__spare", "sub__spare"])
def test_layers_that_nobody_composes_are_judged(file: str) -> None:
    kind = {"type": "sub-schema"} if file.startswith("sub") else {}
    spare = {"name": "spare", "schema_version": "6.0.0", "role": "Spare.", **kind}
    assert found(**{file: {**spare, "governance": {"mode": "hybrid"}}}) == set()
    wrong = found(
        **{file: {**spare, "governance": {"mode": 3, "nonsense": 1}, "deployment": {"replicas": {}}}}
    )
    assert {(code, message.partition(":")[0]) for code, _, message in wrong} >= {
        ("QPF301", "`mode`"),
        ("QPF201", "unknown key `nonsense` in `governance`"),
    }


def test_what_agents_are_to_replace_may_stand_in_a_base() -> None:
    base = data(BASE)
    base["deployment"]["image"] = ""
    assert found(base__service=base) == set()


def test_a_fault_of_a_layer_is_one_finding_however_many_compose_it() -> None:
    base = data(BASE)
    base["governance"]["mode"] = 3
    assert len(found(base__service=base)) == 1
