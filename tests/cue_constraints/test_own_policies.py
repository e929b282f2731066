"""The policies of this fleet, in `qpf validate`: an agent can violate each, whatever is decided before."""

import shutil
from pathlib import Path

import pytest
import yaml

from qpf_plugins.cue_constraints import engine
from tests.cue_constraints.test_constraints import ROOT, findings, fleet

POLICIES = ROOT / "base" / "constraints"

VIOLATING = {
    "L9-301": "governance: {thresholds: {confidence: 0}}",
    "L9-302": "memorytopology: {episodicmemory: {retention: 99 years}}",
    "L9-303": "memorytopology: {archive: {storagetype: local, retention: 9999 days}}",
    "L9-304": "deployment: {timeout_ms: 2, decisionlatencymaxms: 1}",
    "L9-305": "system: {owner: ada}",
    "L9-401": "deployment: {auth_required: false}",
    "L9-402": "{system: {criticality: high}, deployment: {apimode: public, auth_required: false}}",
    "L9-403": "integration: {connectto: [tensoraios]}",
    "L9-501": "governance: {humanoverride: true}",
    "L9-502": "governance: {escalationtriggers: [{name: odd, metric: confidence, action: notify}]}",
    "L9-503": "governance: {escalationtriggers: "
    "[{name: odd, metric: confidence, below: 0.5, action: log, severity: high}]}",
    "L9-504": "governance: {audittrail: false}",
    "L9-505": "governance: {mode: hybrid}",
    "L9-601": "reasoningengine: {temporalscope: 9 years}",
    "L9-602": "deployment: {timeout_ms: 1000, decisionlatencymaxms: 2000}",
    "L9-603": 'reasoningengine: {primary_model: "anthropic:claude-sonnet-4-5", modelversion: latest}',
    "L9-604": "metadata: {owner: other-team}",
    "L9-701": "{memorytopology: {episodicmemory: {storagetype: postgresql}}, "
    "deployment: {decisionlatencymaxms: 50}}",
    "L9-702": "{system: {criticality: critical}, deployment: {replicas: 1}}",
    "L9-703": "deployment: {log_level: DEBUG}",
}
"""What an agent says by which it violates a policy, by the code that it is then reported with."""


def merged(below: object, above: object) -> object:
    if isinstance(below, dict) and isinstance(above, dict):
        return {**below, **{key: merged(below.get(key), value) for key, value in above.items()}}
    return above


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> set[tuple[str, str]]:
    """Codes with the agents of which they are found, in a fleet of which each agent violates one policy."""
    root = fleet(tmp_path_factory.mktemp("own"))
    shutil.copytree(POLICIES, root / "base" / "constraints")
    (root / "environments" / "dev").rename(root / "environments" / "production")
    replace(root / "qpf.yaml", "dev: {branch: dev}", "production: {branch: production}")
    replace(root / "environments" / "production" / "environment.yaml", "log_level: DEBUG", "port: 8080")
    keeper = yaml.safe_load((root / "agents" / "keeper.yaml").read_text(encoding="utf-8"))
    write(root, keeper, "tensoraios", {})
    for code, text in VIOLATING.items():
        write(root, keeper, agent_of(code), yaml.safe_load(text))
    status, told = findings(root)
    assert status == 1
    return {(str(each["agent"]), str(each["code"])) for each in told}


def replace(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")


def write(root: Path, keeper: object, name: str, says: object) -> None:
    own = {"name": name, "memorytopology": {"workingmemory": {"keyspace": f"agent_v6:{name}:*"}}}
    text = yaml.safe_dump(merged(merged(keeper, own), says), sort_keys=False)
    (root / "agents" / f"{name}.yaml").write_text(text, encoding="utf-8")


def agent_of(code: str) -> str:
    return code.lower().replace("-", "_")


@pytest.mark.parametrize("code", VIOLATING)
def test_an_agent_that_violates_a_policy_is_told_so(found: set[tuple[str, str]], code: str) -> None:
    assert (agent_of(code), code) in found


def test_an_agent_that_violates_none_is_told_of_none(found: set[tuple[str, str]]) -> None:
    assert [code for name, code in found if name in {"keeper", "tensoraios"}] == []


def test_every_policy_is_violated_here() -> None:
    texts = {path.name: path.read_text(encoding="utf-8") for path in POLICIES.glob("*.cue")}
    assert VIOLATING.keys() == {rule.says["code"] for rule in engine.rules(texts)}
