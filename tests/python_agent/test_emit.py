"""What an agent compiles to: stable, whole, harmless whatever its schema says, and approved by topic."""

import ast
import json
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from msgspec.structs import replace

from qpf.api import Artifact, Data, Environment
from qpf_plugins.python_agent.emit import EMITTER, header
from qpf_plugins.python_agent.packaging import RUNTIME, extras
from qpf_plugins.python_agent.templates import NAMES
from tests.agent_schema.build import LEAST, agent, deep
from tests.python_agent.bench import Bench, emit
from tests.python_agent.test_names import with_sub
from tests.python_agent.test_prose import HOSTILE, TEXTS, letters
from tests.python_agent.watch_fleet import CHECKER, PACKETS, ROUTING, fleet, sections, shape

BENCH = Bench()
ROOT = Path(__file__).parents[2]
LONG = "n" * 40
WORDS = TEXTS.filter(str.strip)


def contents(environment: Environment) -> dict[str, str]:
    """The emitted texts by path."""
    return {artifact.path: artifact.content.decode() for artifact in emit(environment, BENCH)}


def hostile(text: str) -> Environment:
    """The fixture, with a text wherever the schema lets people write one."""
    reading = {**PACKETS["reading"], "description": text}
    reading["fields"] = {"sensor": shape("string", text), "celsius": shape("number", text, unit=text)}
    plain = sections("heat_watcher")
    port = {"packet": "reading", "description": text, "flow": ["look"], "reply": None}
    changes = with_sub("looker") | {"communicationstack": {"input": {"reading": port}}}
    changes["subs"]["looker"]["role"] = text
    changes["methods"]["look"]["description"] = text
    return fleet(
        **changes,
        role=text,
        packets={**PACKETS, "reading": reading},
        system={**plain["system"], "title": text[:2000], "owner": text[:2000]},
        governance={**plain["governance"], "escalationpolicy": {"channel": "plant", "contacts": [text]}},
        reasoningengine={"instructions": text},
    )


def clean(folder: Path, artifacts: tuple[Artifact, ...]) -> str:
    """What ruff has to say of emitted files; empty if nothing."""
    for artifact in artifacts:
        (folder / artifact.path).parent.mkdir(parents=True, exist_ok=True)
        (folder / artifact.path).write_bytes(artifact.content)
    said = ""
    for arguments in (("check", "--no-cache", "--output-format=concise"), ("format", "--no-cache", "--diff")):
        command = (sys.executable, "-m", "ruff", *arguments, ".")
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        said += "" if done.returncode == 0 else done.stdout + done.stderr
    return said


def test_same_agent_compiles_to_the_same_bytes() -> None:
    assert emit(fleet()) == emit(fleet())


def test_every_template_is_used_and_shipped() -> None:
    folder = ROOT / "plugins/qpf_plugins/python_agent/templates"
    assert (
        sorted(path.name for path in folder.glob("*.jinja")) == sorted(NAMES) == sorted(EMITTER.templates())
    )


def test_fleet_may_replace_a_template() -> None:
    own = Bench(**{"Dockerfile.jinja": "FROM scratch  # {{ name }}\n"})
    written = {artifact.path: artifact.content for artifact in emit(fleet(), own)}
    assert written["agents/heat_watcher/Dockerfile"] == b"FROM scratch  # heat_watcher\n"


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(WORDS)
def test_any_text_leaves_python_that_compiles_and_says_it(text: str) -> None:
    written = contents(hostile(text))
    for path, source in written.items():
        if path.endswith(".py"):
            compile(source, path, "exec")
    package = "agents/heat_watcher/src/heat_watcher"
    component = ast.parse(written[f"{package}/looker.py"]).body[-1]
    assert isinstance(component, ast.ClassDef)
    method = component.body[-1]
    assert isinstance(method, ast.AsyncFunctionDef)
    packets = ast.parse(written[f"{package}/packets.py"]).body
    reading = next(each for each in packets if isinstance(each, ast.ClassDef))
    for node in (component, method, reading, ast.parse(written[f"{package}/__init__.py"])):
        assert letters(text) in letters(ast.get_docstring(node) or "")
    project = tomllib.loads(written["agents/heat_watcher/pyproject.toml"])
    assert letters(text) == letters(project["project"]["description"])
    config = ast.walk(ast.parse(written[f"{package}/config.py"]))
    role = next(node for node in config if isinstance(node, ast.keyword) and node.arg == "role")
    assert ast.literal_eval(role.value) == text


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(WORDS)
def test_any_text_leaves_the_readme_its_shape(text: str) -> None:
    readme, plain = (contents(hostile(each))["agents/heat_watcher/README.md"] for each in (text, "word"))
    skeleton = [[line.replace("\\|", "").count("|"), line.startswith("#")] for line in readme.split("\n")]
    assert skeleton == [[line.count("|"), line.startswith("#")] for line in plain.split("\n")]


def test_hostile_text_leaves_files_as_formatter_and_linter_want_them(tmp_path: Path) -> None:
    texts = [*(each for each in HOSTILE if each.strip()), "".join(HOSTILE), " ".join(HOSTILE * 3)]
    for place, text in enumerate(texts):
        assert clean(tmp_path / str(place), emit(hostile(text[:2000]), BENCH)) == ""


def test_longest_names_leave_files_as_formatter_and_linter_want_them(tmp_path: Path) -> None:
    place = "a_module_of_the_fleet.and_one_in_it.that_goes_on_and_on_and_on:and_a_step_of_it_to_run"
    changes = with_sub(f"s{LONG[1:]}", f"m{LONG[1:]}", place)
    port = {"packet": f"p{LONG[1:]}", "description": "It.", "flow": [f"m{LONG[1:]}"], "reply": f"q{LONG[1:]}"}
    field = shape("map", "It. " * 20, values="integer")
    kind = {"description": "It.", "version": 1, "fields": {f"f{LONG[1:]}": field}}
    changes |= {"communicationstack": {"input": {f"i{LONG[1:]}": port}}, "name": f"a{LONG[1:]}"}
    changes["packets"] = {**PACKETS, f"p{LONG[1:]}": kind, f"q{LONG[1:]}": kind}
    assert clean(tmp_path, emit(fleet(**changes), BENCH)) == ""


def test_implementations_of_any_module_are_imported_in_order(tmp_path: Path) -> None:
    modules = ("zoo", "a.turn", "a.b", "c.b", "a.b2", "a.b10", "a_b", "turn", "a.self", ROUTING)
    methods = {
        f"step_{place}": {"description": "Steps.", "implementation": f"{module}:step"}
        for place, module in enumerate(modules)
    }
    changes = with_sub("looker")
    changes["subs"]["looker"]["adds"]["methods"] = methods
    changes["methods"] = methods
    changes["communicationstack"]["input"]["reading"]["flow"] = list(methods)
    assert clean(tmp_path, emit(fleet(**changes), BENCH)) == ""


def test_agent_without_ports_is_emitted(tmp_path: Path) -> None:
    artifacts = emit(fleet(communicationstack={}), BENCH)
    assert clean(tmp_path, artifacts) == ""
    assert "agents/heat_watcher/tests/test_agent.py" in {artifact.path for artifact in artifacts}


def test_method_no_flow_runs_is_emitted_but_not_wired() -> None:
    port = {"packet": "reading", "description": "It.", "flow": ["validate_packet"], "reply": None}
    written = contents(fleet(communicationstack={"input": {"reading": port}}))
    assert "class Judge(Component)" in written["agents/heat_watcher/src/heat_watcher/judge.py"]
    assert "Judge" not in written["agents/heat_watcher/src/heat_watcher/agent.py"]


def test_methods_of_the_agent_itself_are_in_core() -> None:
    written = contents(fleet())
    assert "async def sound" in written["agents/heat_watcher/src/heat_watcher/core.py"]
    assert "agents/bell/src/bell/core.py" in written


def test_agent_without_own_methods_has_no_core() -> None:
    written = contents(fleet(**with_sub("looker")))
    assert "agents/heat_watcher/src/heat_watcher/core.py" not in written


def test_image_holds_hand_written_logic_only_if_there_is_some() -> None:
    written = contents(fleet())
    assert "COPY logic/ " in written["agents/heat_watcher/Dockerfile"]
    assert "logic" not in written["agents/bell/Dockerfile"]


def test_image_does_not_run_as_root() -> None:
    lines = contents(fleet())["agents/bell/Dockerfile"].splitlines()
    (user,) = (line for line in lines if line.startswith("USER "))
    number, _, group = user.removeprefix("USER ").partition(":")
    assert int(number) > 0
    assert int(group) > 0
    assert "@sha256" not in "".join(line for line in lines if not line.startswith("#"))


def test_fleet_json_lists_every_agent() -> None:
    assert json.loads(contents(fleet())["fleet.json"]) == {
        "version": 1,
        "fleet": "fixture",
        "environment": "dev",
        "agents": {
            "bell": {"package": "bell", "src": "agents/bell/src"},
            "heat_watcher": {"package": "heat_watcher", "src": "agents/heat_watcher/src"},
        },
    }


def test_fleet_json_lists_agents_that_were_not_asked_for() -> None:
    part = replace(
        fleet(), agents={"bell": fleet().agents["bell"]}, known=frozenset(("bell", "heat_watcher"))
    )
    assert sorted(json.loads(contents(part)["fleet.json"])["agents"]) == ["bell", "heat_watcher"]


def test_approved_state_is_told_by_topic() -> None:
    state: dict[str, Data] = {}
    for artifact in emit(fleet(), BENCH):
        if artifact.path.startswith("agents/heat_watcher/"):
            state.update(artifact.state)
    assert sorted(state) == ["dependencies", "endpoints", "governance", "memory"]
    assert state["dependencies"] == {"qpf-runtime": f"~={RUNTIME}"}
    assert state["memory"]["episodicmemory"] == "sqlite"
    assert state["governance"]["anchors"] == ["plant-board"]
    assert state["governance"]["thresholds"] == {"confidence": 0.6}
    assert state["endpoints"]["probes"] == {
        "liveness": "/health",
        "readiness": "/ready",
        "startup": "/startup",
    }
    json.dumps(state)


def test_configuration_names_who_may_send_to_a_port() -> None:
    written = contents(fleet())
    connected = [(connection.target.agent, str(connection.source)) for connection in fleet().glue.connections]
    assert connected
    for receiver, source in connected:
        assert f'senders=("{source}",)' in written[f"agents/{receiver}/src/{receiver}/config.py"]


@pytest.mark.parametrize(
    ("changes", "wanted"),
    [
        ({}, set()),
        ({"integration": {"services": ["nats", "opentelemetry", "archive"]}}, {"nats", "otel"}),
        ({"memorytopology": {"workingmemory": {"storagetype": "redis_cluster"}}}, {"redis"}),
        ({"memorytopology": {"episodicmemory": {"storagetype": "postgresql"}}}, {"postgres"}),
        ({"memorytopology": {"semanticmemory": {"storagetype": "pgvector"}}}, {"postgres"}),
        ({"memorytopology": {"causalmemory": {"storagetype": "neo4j"}}}, {"neo4j"}),
        ({"memorytopology": {"archive": {"storagetype": "s3"}}}, {"s3"}),
        ({"reasoningengine": {"primary_model": "anthropic:some-model"}}, {"llm"}),
        ({"deployment": {"apimode": "public"}}, {"a2a"}),
    ],
)
def test_package_wants_the_parts_of_the_runtime_its_schema_asks_for(
    changes: dict[str, Any], wanted: set[str]
) -> None:
    sections = {name: deep(LEAST[name], said) for name, said in changes.items()}
    found = extras(agent("heat_watcher", **sections), fleet())
    assert set(found) == wanted
    known = tomllib.loads((ROOT / "runtime/pyproject.toml").read_text())["project"]["optional-dependencies"]
    assert set(found) <= set(known)


@pytest.mark.parametrize(
    ("model", "client"),
    [("anthropic:m", "anthropic"), ("azure:m", "openai"), ("offline:deterministic", ""), ("house:m", "")],
)
def test_package_wants_the_client_of_its_models_provider(model: str, client: str) -> None:
    written = contents(fleet(reasoningengine={"primary_model": model}))
    wanted = tomllib.loads(written["agents/heat_watcher/pyproject.toml"])["project"]["dependencies"]
    found = [each for each in wanted if each.startswith("pydantic-ai-slim")]
    assert [each.partition("]")[0] for each in found] == ([f"pydantic-ai-slim[{client}"] if client else [])


def test_emitted_packages_want_the_runtime_of_this_repository() -> None:
    project = tomllib.loads((ROOT / "runtime/pyproject.toml").read_text())
    assert project["project"]["version"].startswith(f"{RUNTIME}.")


def test_header_names_as_many_sources_as_fit() -> None:
    assert (
        header(("agents/a.yaml", "sub/b.yaml"))
        == "generated by qpf from agents/a.yaml, sub/b.yaml; do not edit"
    )
    many = header(tuple(f"sub/sub_schema_{place}.yaml" for place in range(20)))
    assert many.endswith(" and 18 more; do not edit")
    assert len(many) <= 98


@pytest.mark.parametrize("path", ["packets.py", "checker.py", "agent.py", "config.py"])
def test_emitted_files_say_where_they_come_from(path: str) -> None:
    first = contents(fleet())[f"agents/heat_watcher/src/heat_watcher/{path}"].splitlines()[0]
    assert first.startswith("# generated by qpf from ")
    assert first.endswith("; do not edit")
    assert "agents/heat_watcher.yaml" in first


def test_component_names_its_sub_schema_as_its_source() -> None:
    assert CHECKER["name"] == "checker"
    written = contents(fleet())["agents/heat_watcher/src/heat_watcher/checker.py"]
    assert written.startswith(
        "# generated by qpf from sub/checker.yaml, agents/heat_watcher.yaml; do not edit\n"
    )
