"""What peers are given gives our files, for every agent; and what differs is found."""

from pathlib import Path

import jinja2
import pytest
import yaml

from benchmarks import fleet, fleet_files
from benchmarks.engine.bench import compile_fleet, output
from benchmarks.peers.emitted import (
    EXEMPLARS,
    FEWEST,
    Emitted,
    NotTheSameWorkError,
    demand_none,
    differences,
    shape_of,
)
from benchmarks.peers.kapitan import layer, put_inventory
from benchmarks.peers.objects import objects_of
from benchmarks.peers.pattern import Pattern, Variable, template

JINJA = jinja2.Environment(undefined=jinja2.StrictUndefined, keep_trailing_newline=True, autoescape=False)  # noqa: S701 -- code, no HTML


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fleet with every shape and every sub-schema, compiled."""
    folder = fleet.make(FEWEST, tmp_path_factory.mktemp("fleet"))
    compile_fleet(folder)
    return folder


def filled(value, pattern: Pattern, own: dict[str, str]):
    """Data of one agent, with another's values."""
    if isinstance(value, dict):
        return {filled(key, pattern, own): filled(each, pattern, own) for key, each in value.items()}
    if isinstance(value, list):
        return [filled(each, pattern, own) for each in value]
    if isinstance(value, str):
        return "".join(own[part.name] if isinstance(part, Variable) else part for part in pattern.cut(value))
    return value


@pytest.mark.parametrize("number", range(FEWEST))
def test_objects_of_a_shape_are_every_agents_with_its_values(compiled: Path, number: int) -> None:
    agent, exemplar = (Emitted(output(compiled), each) for each in (number, EXEMPLARS[shape_of(number)]))
    made = filled(objects_of(exemplar), Pattern.of(exemplar.values()), agent.values())
    assert made == objects_of(agent)


@pytest.mark.parametrize("number", range(FEWEST))
def test_templates_of_a_shape_give_every_agents_texts(compiled: Path, number: int) -> None:
    agent, exemplar = (Emitted(output(compiled), each) for each in (number, EXEMPLARS[shape_of(number)]))
    pattern, own = Pattern.of(exemplar.values()), agent.values()
    texts = agent.texts()
    compared = 0
    for path, text in exemplar.texts().items():
        if "skill_" not in path:
            made = JINJA.from_string(template(pattern.cut(text))).render(v=own)
            assert made == texts[path.replace(exemplar.name, agent.name)]
            compared += 1
    assert compared == len([path for path in texts if "skill_" not in path])


def test_inventory_has_a_class_for_each_layer_and_a_target_for_each_agent(
    compiled: Path, tmp_path: Path
) -> None:
    put_inventory(compiled, output(compiled), FEWEST, tmp_path)
    names = {path.relative_to(tmp_path).with_suffix("").as_posix() for path in tmp_path.rglob("*.yml")}
    classes = {
        f"classes/{path}" for path in ("environment/dev", *(f"base/{each}" for each in fleet_files.BASES))
    }
    classes |= {f"classes/sub/{fleet_files.sub_name(number)}" for number in range(fleet_files.SUBS)}
    agents = [fleet_files.agent_name(number) for number in range(FEWEST)]
    assert names >= classes | {f"targets/{name}" for name in agents} | {
        f"classes/agents/{name}" for name in agents
    }
    target = yaml.safe_load((tmp_path / "targets" / "agent_00003.yml").read_text(encoding="utf-8"))
    assert {f"classes/{each.replace('.', '/')}" for each in target["classes"]} <= names
    assert target["classes"][0].startswith("base.")


def test_a_class_says_nothing_that_is_no_layers() -> None:
    assert yaml.safe_load(layer({"schema_version": "1", "type": "sub-schema", "adds": {}, "role": "r"})) == {
        "parameters": {"spec": {"role": "r"}}
    }


def test_files_that_differ_lack_or_are_too_many_are_named(compiled: Path) -> None:
    agent = Emitted(output(compiled), 3)
    same = {f"agents/{path}": text for path, text in agent.texts().items()}
    same |= {f"manifests/{name}.yaml": yaml.safe_dump(each) for name, each in agent.manifests().items()}
    same["composed.yaml"] = yaml.safe_dump(agent.composed())
    assert list(differences(agent, same)) == []
    assert list(differences(agent, {**same, "agents/Dockerfile": same["agents/Dockerfile"] + "\n"})) == []
    changed = {**same, "agents/README.md": "x", "manifests/service.yaml": "kind: Service", "agents/more": ""}
    del changed["composed.yaml"]
    assert list(differences(agent, changed)) == [
        "agents/README.md",
        "agents/more",
        "composed.yaml",
        "manifests/service.yaml",
    ]


def test_a_peer_that_does_other_work_is_refused() -> None:
    demand_none("peer", [])
    with pytest.raises(NotTheSameWorkError, match="peer does not make the same a/b"):
        demand_none("peer", ["a/b"])
