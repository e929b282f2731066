"""`qpf schema export`: the JSON Schema agrees with what the compiler accepts."""

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from qpf.model.node import to_data
from qpf.syntax.reader import read_yaml
from tests.command import run

ROOT = Path(__file__).parent.parent.parent
KINDS = {"agent": "agents", "base": "base", "sub": "sub"}


def schema(kind: str) -> dict[str, Any]:
    status, output = run(["schema", "export", "--kind", kind], ROOT)
    assert status == 0
    found: dict[str, Any] = json.loads(output)
    Draft202012Validator.check_schema(found)
    return found


def document(path: Path) -> Any:
    node = read_yaml(path.name, path.read_bytes()).value
    assert node is not None
    return to_data(node)


@pytest.mark.parametrize("kind", KINDS)
def test_every_source_of_the_reference_fleet_is_valid(kind: str) -> None:
    validator = Draft202012Validator(schema(kind))
    files = sorted((ROOT / KINDS[kind]).glob("*.yaml"))
    assert files
    faults = [
        f"{path.name}: {fault.message}" for path in files for fault in validator.iter_errors(document(path))
    ]
    assert faults == []


def test_a_composed_document_is_valid_and_complete(tmp_path: Path) -> None:
    run(["init"], tmp_path)
    run(["compile"], tmp_path)
    composed = document(tmp_path / "environments" / "dev" / "composed" / "keeper.yaml")
    validator = Draft202012Validator(schema("composed"))
    assert list(validator.iter_errors(composed)) == []
    del composed["governance"]
    assert [fault.message for fault in validator.iter_errors(composed)] == [
        "'governance' is a required property"
    ]


def test_a_misspelt_key_is_invalid() -> None:
    data = document(ROOT / "agents" / "main_agent.yaml")
    data["deployment"]["replcas"] = 3
    (fault,) = Draft202012Validator(schema("agent")).iter_errors(data)
    assert "replcas" in fault.message


def test_json_wraps_the_schema() -> None:
    _, output = run(["schema", "export", "-o", "json"], ROOT)
    wrapped = json.loads(output)
    assert (wrapped["version"], wrapped["schema"]) == (1, schema("agent"))
