"""A skeleton of a migration tells what it can, and is no migration before a person has decided."""

import json
from pathlib import Path

import pytest

from qpf.evolution.steps import read_steps
from qpf.model.fleet import Document
from qpf.model.migration import FieldAdd, Migration
from qpf.syntax.reader import read_yaml
from tests.command import run

OLD = {
    "type": "object",
    "x-schema-version": "1.0.0",
    "additionalProperties": False,
    "properties": {"section": {"type": "object", "additionalProperties": False, "properties": {}}},
}


def schemas(folder: Path, old: dict[str, object], new: dict[str, object], *required: str) -> None:
    """Two versions of a schema with one section."""
    for name, version, fields in (("old", "1.0.0", old), ("new", "2.0.0", new)):
        section = {"type": "object", "additionalProperties": False, "properties": fields}
        if name == "new":
            section["required"] = list(required)
        schema = {**OLD, "x-schema-version": version, "properties": {"section": section}}
        (folder / f"{name}.json").write_text(json.dumps(schema, indent=2))


def skeleton(folder: Path) -> tuple[str, list[str], tuple[Migration, ...]]:
    """What is printed, the codes of what is wrong with it, and the steps that it is read as."""
    _, text = run(["schema", "diff", "old.json", "new.json", "--generate-migration"], folder)
    body = read_yaml("migrations/new.yaml", text.encode()).value
    assert body is not None, text
    read = read_steps([Document("migration", "new", "migrations/new.yaml", body)], ())
    return text, [found.code.id for found in read.report.diagnostics], read.value


def test_what_only_a_person_can_decide_is_refused_until_it_is_decided(tmp_path: Path) -> None:
    schemas(tmp_path, {"a": {"type": "string"}}, {"b": {"type": "integer"}}, "b")
    text, wrong, _ = skeleton(tmp_path)
    assert text.count("- todo:") == 2
    assert wrong == ["QPF802", "QPF802"]


def test_what_the_schemas_say_themselves_needs_no_decision(tmp_path: Path) -> None:
    schemas(tmp_path, {}, {"b": {"type": "integer", "default": 3}}, "b")
    text, wrong, steps = skeleton(tmp_path)
    assert (wrong, "todo" in text) == ([], False)
    ((operation,),) = (step.operations for step in steps)
    assert (steps[0].source, steps[0].target) == ("1.0.0", "2.0.0")
    assert operation == FieldAdd("section.b", 3, has_default=True)


def test_a_decided_skeleton_covers_what_it_was_made_of(tmp_path: Path) -> None:
    schemas(
        tmp_path,
        {"timeout_s": {"type": "integer", "minimum": 3}},
        {"timeout": {"type": "integer", "minimum": 3}},
    )
    text, wrong, _ = skeleton(tmp_path)
    assert wrong == ["QPF802"]
    (tmp_path / "step.yaml").write_text(text.replace("todo: {", "").replace("}}", "}"))
    status, shown = run(
        ["schema", "diff", "old.json", "new.json", "--migrations", "step.yaml", "-o", "json"], tmp_path
    )
    (change,) = json.loads(shown)["changes"]
    assert (change["covered"], change["migration"], status) == (True, "lossless", 0)


@pytest.mark.parametrize("version", ["", "1.0.0"])
def test_a_skeleton_without_a_later_version_says_that_versions_are_to_be_decided(
    tmp_path: Path, version: str
) -> None:
    schemas(tmp_path, {"a": {"type": "string"}}, {})
    for name in ("old", "new"):
        schema = json.loads((tmp_path / f"{name}.json").read_text())
        schema["x-schema-version"] = version
        (tmp_path / f"{name}.json").write_text(json.dumps(schema))
    text, wrong, steps = skeleton(tmp_path)
    assert "from: todo\nto: todo\n" in text
    assert wrong
    assert not steps
