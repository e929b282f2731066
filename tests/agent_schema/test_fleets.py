"""The reference fleet and the small ones: valid, complete, and governed more tightly towards production."""

import importlib
import inspect
import shutil
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from qpf.api import Diagnostic, Environment
from qpf.io.worktree import WorkTree
from qpf.pipeline import check, load

ROOT = Path(__file__).parent.parent.parent
FLEETS = {"reference": ROOT, **{name: ROOT / "tests" / "fleets" / name for name in ("tiny", "flat", "mesh")}}
SOURCES = ("qpf.yaml", "glue.yaml", "base", "sub", "agents")
BASES = "background_worker core_service domain_adapter governance_monitor orchestrator"
SUBS = (
    "context_enricher data_translator governance_bridge memory_bridge packet_builder packet_router "
    "reasoning_engine result_processor tensor_coordinator tensor_scorer world_model_bridge"
)
MAIN_SUBS = (
    "packet_router context_enricher world_model_bridge tensor_coordinator reasoning_engine governance_bridge "
    "memory_bridge"
)
COMPOSED = {
    "tensoraios": ("core_service", ""),
    "main_agent": (
        "orchestrator",
        MAIN_SUBS,
    ),
    "plastos_adapter": ("domain_adapter", "data_translator packet_builder result_processor"),
    "tensor_trainer": ("background_worker", "tensor_scorer memory_bridge governance_bridge"),
    "governance_auditor": ("governance_monitor", "governance_bridge world_model_bridge memory_bridge"),
}
MODES = ("autonomous", "hybrid", "supervised")
DIFFERENT = (
    ("main_agent", "deployment", "replicas"),
    ("main_agent", "deployment", "resources"),
    ("main_agent", "deployment", "log_level"),
    ("main_agent", "deployment", "secrets"),
    ("main_agent", "reasoningengine", "primary_model"),
    ("main_agent", "governance", "thresholds"),
    ("main_agent", "memorytopology", "workingmemory"),
    ("main_agent", "memorytopology", "episodicmemory"),
    ("tensoraios", "integration", "services"),
)


def compile_sources(root: Path) -> tuple[list[Diagnostic], dict[str, Environment]]:
    """Everything found, and each environment as far as it is valid."""
    loaded = load(WorkTree(root))
    found, environments = list(loaded.report.diagnostics), {}
    if loaded.value is not None and loaded.value.configuration is not None and not loaded.report.failed:
        for name in loaded.value.configuration.environments:
            outcome = check(loaded.value, name)
            found += outcome.report.diagnostics
            environments[name] = outcome.value
    return found, environments


@cache
def fleet(name: str) -> tuple[list[Diagnostic], dict[str, Environment]]:
    return compile_sources(FLEETS[name])


def value(environment: str, agent: str, *path: str) -> Any:
    it: Any = fleet("reference")[1][environment].agents[agent].values
    for key in path:
        it = it[key]
    return it


@pytest.mark.parametrize("name", FLEETS)
def test_fleet_is_valid_without_a_warning(name: str) -> None:
    found, environments = fleet(name)
    assert [(each.code.id, each.message) for each in found] == []
    assert environments


def test_folders_hold_what_the_design_names() -> None:
    assert sorted(path.stem for path in (ROOT / "base").glob("*.yaml")) == BASES.split()
    assert sorted(path.stem for path in (ROOT / "sub").glob("*.yaml")) == SUBS.split()
    assert sorted(path.stem for path in (ROOT / "agents").glob("*.yaml")) == sorted(COMPOSED)


@pytest.mark.parametrize("name", COMPOSED)
def test_agent_is_composed_as_in_the_guide(name: str) -> None:
    base, subs = COMPOSED[name]
    agent = fleet("reference")[1]["dev"].agents[name]
    assert agent.base == base
    assert sorted(agent.subs) == sorted(subs.split())


def test_every_sub_and_every_packet_kind_is_used() -> None:
    dev = fleet("reference")[1]["dev"]
    assert {sub for agent in dev.agents.values() for sub in agent.subs} == set(SUBS.split())
    stacks = [agent.values["communicationstack"] for agent in dev.agents.values()]
    ports = [port for stack in stacks for side in ("input", "output") for port in stack[side].values()]
    assert {kind for port in ports for kind in (port["packet"], port["reply"]) if kind} == set(
        dev.glue.packets
    )


def test_a_sub_brings_the_subs_it_is_composed_of() -> None:
    text = (ROOT / "agents" / "main_agent.yaml").read_text(encoding="utf-8")
    assert "- world_model_bridge" not in text
    assert "world_model_bridge" in fleet("reference")[1]["dev"].agents["main_agent"].subs


@pytest.mark.parametrize("path", DIFFERENT, ids="/".join)
@pytest.mark.parametrize("environment", ["staging", "production"])
def test_environments_differ_as_real_ones_do(path: tuple[str, ...], environment: str) -> None:
    if (path[1], environment) == ("deployment", "production") or path[2] != "log_level":
        assert value(environment, *path) != value("dev", *path)
    else:
        assert value(environment, *path) == "INFO"


@pytest.mark.parametrize("agent", COMPOSED)
@pytest.mark.parametrize(("earlier", "later"), [("dev", "staging"), ("staging", "production")])
def test_governance_tightens_towards_production(agent: str, earlier: str, later: str) -> None:
    before, after = value(earlier, agent, "governance"), value(later, agent, "governance")
    assert MODES.index(after["mode"]) >= MODES.index(before["mode"])
    assert after["humanoverride"] >= before["humanoverride"]
    assert set(after["anchors"]) >= set(before["anchors"])
    assert all(after["thresholds"][figure] >= least for figure, least in before["thresholds"].items())
    if before["escalationpolicy"]:
        assert set(after["escalationpolicy"]["contacts"]) >= set(before["escalationpolicy"]["contacts"])
        assert after["escalationpolicy"]["timeout_minutes"] <= before["escalationpolicy"]["timeout_minutes"]


@pytest.mark.parametrize("agent", COMPOSED)
def test_every_implementation_exists(agent: str) -> None:
    methods: Mapping[str, Any] = value("dev", agent, "integration", "methods")
    for method in methods.values():
        module, _, name = method["implementation"].partition(":")
        implementation = getattr(importlib.import_module(module), name)
        assert inspect.iscoroutinefunction(implementation)
        assert len(inspect.signature(implementation).parameters) == 2


@pytest.mark.parametrize("agent", COMPOSED)
def test_linked_files_exist(agent: str) -> None:
    linked = value("dev", agent, "cursorinstructions", "linkexisting")
    assert [path for path in linked if not (ROOT / path).is_file()] == []


@pytest.mark.parametrize(
    ("file", "before", "after", "code", "notes"),
    [
        ("agents/main_agent.yaml", "governance:\n", "governance:\n  mode: autonomous\n", "QPF501", 1),
        ("environments/production/environment.yaml", "confidence: 0.8", "confidence: 0.5", "QPF501", 1),
        ("agents/main_agent.yaml", "- memory_bridge", "", "QPF421", 1),
        ("agents/tensoraios.yaml", "reply: score_result", "reply: match_result", "QPF416", 2),
        ("agents/main_agent.yaml", "connectto: [tensoraios]", "connectto: []", "QPF418", 2),
        ("agents/tensoraios.yaml", "agent_v6:tensoraios", "agent_v6:main_agent", "QPF602", 1),
        (
            "glue.yaml",
            "from: main_agent.outcome, to: tensor",
            "from: main_agent.outcom, to: tensor",
            "QPF411",
            1,
        ),
    ],
)
def test_fault_in_the_reference_fleet_is_found(
    tmp_path: Path, file: str, before: str, after: str, code: str, notes: int
) -> None:
    for name in SOURCES:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, tmp_path / name)
    for name in ("dev", "staging", "production"):
        (tmp_path / "environments" / name).mkdir(parents=True)
        shutil.copy(ROOT / "environments" / name / "environment.yaml", tmp_path / "environments" / name)
    text = (tmp_path / file).read_text(encoding="utf-8")
    assert before in text
    (tmp_path / file).write_text(text.replace(before, after, 1), encoding="utf-8")
    found, _ = compile_sources(tmp_path)
    (mine,) = {(each.message, each.span): each for each in found if each.code.id == code}.values()
    assert mine.span is not None
    assert len([note for note in mine.notes if note.span is not None]) == notes
