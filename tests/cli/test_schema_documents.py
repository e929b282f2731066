"""`qpf schema export`: one schema for every kind of file, that says what the compiler says."""

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from pydantic import BaseModel

from qpf.cli.schema_document import KINDS, file_name, schema_document
from qpf.evolution.words import WORDS
from qpf.host.registry import load_registry
from qpf.model.node import to_data
from qpf.syntax.known_keys import keys_of
from qpf.syntax.reader import read_yaml
from tests.command import run

ROOT = Path(__file__).parent.parent.parent
FLEETS = (ROOT, *(ROOT / "tests" / "fleets" / name for name in ("flat", "mesh", "tiny", "v5.9.0")))
OLD = {"v5.9.0": ("base", "sub", "agent", "environment")}
"""Kinds whose files speak an earlier version in a fleet, and so not what the schemas describe."""


@cache
def schema(kind: str) -> dict[str, Any]:
    return schema_document(kind, load_registry().value)


def sources() -> Iterator[Any]:
    for root in FLEETS:
        for kind, each in KINDS.items():
            for path in sorted(root.glob(each.files)):
                if kind not in OLD.get(root.name, ()):
                    yield pytest.param(kind, path, id=path.relative_to(ROOT).as_posix())


def faults(kind: str, data: Any) -> list[str]:
    return [fault.message for fault in Draft202012Validator(schema(kind)).iter_errors(data)]


def read(path: Path) -> Any:
    node = read_yaml(path.name, path.read_bytes()).value
    assert node is not None
    return to_data(node)


@pytest.mark.parametrize("kind", KINDS)
def test_a_schema_is_one_by_the_metaschema(kind: str) -> None:
    Draft202012Validator.check_schema(schema(kind))


@pytest.mark.parametrize(("kind", "path"), list(sources()))
def test_every_file_of_every_fleet_is_valid(kind: str, path: Path) -> None:
    assert faults(kind, read(path)) == []


def test_every_kind_has_a_file_that_is_looked_at() -> None:
    assert {each.values[0] for each in sources()} == set(KINDS) - {"approval"}


def test_what_the_docs_show_of_an_approval_is_valid() -> None:
    approval = {
        "migration": "5.9.0 -> 6.0.0",
        "fingerprint": "sha256:" + "0" * 64,
        "reviewer": "ada",
        "reason": "looked at it",
        "expires": "2027-01-31",
    }
    assert faults("approval", approval) == []
    assert len(faults("approval", approval | {"expires": "2027-13-31"})) == 1


def subschemas(found: Any, at: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    if isinstance(found, dict):
        yield at, found
        for key, value in found.items():
            if key not in {"default", "examples", "enum", "const"}:
                yield from subschemas(value, f"{at}/{key}")
    elif isinstance(found, list):
        for index, value in enumerate(found):
            yield from subschemas(value, f"{at}/{index}")


@pytest.mark.parametrize("kind", KINDS)
def test_every_example_and_every_default_is_valid(kind: str) -> None:
    document = schema(kind)
    wrong = []
    for at, each in subschemas(document):
        validator = Draft202012Validator({**each, "$defs": document["$defs"]})
        values = [*each.get("examples", ())] if isinstance(each.get("examples"), list) else []
        values += [each["default"]] if "default" in each and not at.endswith("properties") else []
        wrong += [f"{at}: {value!r}" for value in values if not validator.is_valid(value)]
    assert wrong == []


@pytest.mark.parametrize("kind", KINDS)
def test_every_property_is_described(kind: str) -> None:
    bare = [
        f"{at}/{name}"
        for at, each in subschemas(schema(kind))
        if isinstance(each.get("properties"), dict) and not at.endswith("/properties")
        for name, about in each["properties"].items()
        if not about.get("description")
    ]
    assert bare == []


@pytest.mark.parametrize("kind", KINDS)
def test_a_schema_says_nothing_that_editors_do_not_know(kind: str) -> None:
    """yaml-language-server knows what draft 7 knows, and `$defs`."""
    later = {
        "prefixItems",
        "dependentRequired",
        "dependentSchemas",
        "minContains",
        "maxContains",
        "$dynamicRef",
    }
    later |= {"unevaluatedItems", "unevaluatedProperties", "$anchor", "$dynamicAnchor"}
    assert {key for _, each in subschemas(schema(kind)) for key in each} & later == set()


@pytest.mark.parametrize("kind", KINDS)
def test_a_pattern_means_the_same_to_every_reader(kind: str) -> None:
    """What Python writes otherwise than other readers of patterns is not used."""
    text = json.dumps(schema(kind))
    assert [odd for odd in ("(?P", "\\\\Z", "\\\\A", "(?i)", "(?#") if odd in text] == []


def models() -> Iterator[type[BaseModel]]:
    registry = load_registry().value
    yield from (kind.model for kind in KINDS.values())
    yield from (entry.value.model for entry in registry.sections)
    yield from (entry.value.options for entry in registry.emitters if entry.value.options)
    yield from WORDS.values()


def every_model(model: Any, seen: set[Any]) -> Iterator[type[BaseModel]]:
    if isinstance(model, type) and issubclass(model, BaseModel):
        if model in seen:
            return
        seen.add(model)
        yield model
        for field in keys_of(model).values():
            yield from every_model(field.annotation, seen)
    for inner in getattr(model, "__args__", ()):
        yield from every_model(inner, seen)


def test_every_field_of_every_model_has_a_description() -> None:
    seen: set[Any] = set()
    found = [each for model in models() for each in every_model(model, seen)]
    assert len(found) > 50
    bare = [
        f"{model.__name__}.{name}"
        for model in found
        for name, field in keys_of(model).items()
        if not (field.description or "").strip()
    ]
    assert bare == []


@pytest.mark.parametrize(
    ("kind", "path", "value"),
    [
        ("agent", ("deployment", "replicas"), "three"),
        ("agent", ("communicationstack", "input", "Not-A-Name"), {}),
        ("agent", ("nonsense",), {}),
        ("sub", ("adds", "nonsense"), []),
        ("sub", ("adds", "imports"), "a.module"),
        ("environment", ("overrides", "all", "deployment", "replicas"), "three"),
        ("environment", ("overrides", "agents", "keeper", "nonsense"), {}),
        ("environment", ("options", "nonsense"), {}),
        ("environment", ("targets",), ["nonsense"]),
        ("fleet", ("targets",), ["nonsense"]),
        ("fleet", ("schema_version",), 6),
        ("glue", ("packets", "Note"), {"description": "x", "fields": {}}),
        ("migration", ("operations",), [{"field_renam": "a.b -> a.c"}]),
        ("migration", ("operations",), [{"split": {"path": "a.b", "into": ["a.c"], "separator": ":"}}]),
    ],
)
def test_what_the_compiler_refuses_the_schema_refuses(kind: str, path: tuple[str, ...], value: Any) -> None:
    files = {
        "agent": "agents/keeper.yaml",
        "environment": "environments/dev/environment.yaml",
        "fleet": "qpf.yaml",
        "glue": "glue.yaml",
        "sub": "sub/memory.yaml",
    }
    tiny = ROOT / "tests" / "fleets" / "tiny"
    data = read(tiny / files[kind]) if kind in files else {"from": "5.9.0", "to": "6.0.0"}
    assert faults(kind, data) == []
    place = data
    for part in path[:-1]:
        place = place.setdefault(part, {})
    place[path[-1]] = value
    assert len(faults(kind, data)) == 1


def test_a_layer_may_erase_what_another_says() -> None:
    data = {"schema_version": "6.0.0", "overrides": {"all": {"deployment": {"port": None}}}}
    assert faults("environment", data) == []


def test_a_file_may_say_how_schemas_evolve() -> None:
    steps = {"migrations": {"5.9.0 -> 6.0.0": [{"field_rename": "a.b -> a.c"}]}}
    data = read(ROOT / "tests" / "fleets" / "tiny" / "qpf.yaml") | {"schema_evolution": steps}
    assert faults("fleet", data) == []
    steps["migrations"]["5.9.0 -> 6.0.0"] = [{"field_renamed": "a.b -> a.c"}]
    assert len(faults("fleet", data)) == 1


def test_all_kinds_are_written_at_once_and_again_only_if_they_differ(tmp_path: Path) -> None:
    run(["init"], tmp_path)
    status, output = run(["schema", "export", "--out", "schemas"], tmp_path)
    assert status == 0
    assert "agents/*.yaml" in output
    written = {path.name: path for path in (tmp_path / "schemas").iterdir()}
    assert {name: json.loads(path.read_text()) for name, path in written.items()} == {
        file_name(kind): schema(kind) for kind in KINDS
    }
    before = {name: path.stat().st_ino for name, path in written.items()}
    written["agent.schema.json"].write_text("{}")
    before["agent.schema.json"] = 0
    run(["schema", "export", "--out", "schemas", "-o", "json"], tmp_path)
    after = {name: path.stat().st_ino for name, path in written.items()}
    assert [name for name in after if after[name] != before[name]] == ["agent.schema.json"]
    assert json.loads(written["agent.schema.json"].read_text()) == schema("agent")


def test_json_names_what_was_written(tmp_path: Path) -> None:
    run(["init"], tmp_path)
    status, output = run(["schema", "export", "--kind", "glue", "--out", "s", "-o", "json"], tmp_path)
    assert status == 0
    assert json.loads(output)["schemas"] == [
        {"kind": "glue", "files": "glue.yaml", "schema": "s/glue.schema.json"}
    ]


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    run(["init"], tmp_path)
    (tmp_path / "s").write_text("a file")
    status, output = run(["schema", "export", "--out", "s/t"], tmp_path)
    assert (status, output) == (2, "qpf: cannot write s/t/fleet.schema.json: Not a directory\n")


def test_file_patterns_match_just_their_kind() -> None:
    matched = {
        "agents/main_agent.yaml": ["agent"],
        "environments/dev/environment.yaml": ["environment"],
        "environments/dev/composed/main_agent.yaml": ["composed"],
        "qpf.yaml": ["fleet"],
    }
    for path, kinds in matched.items():
        assert [
            kind
            for kind, each in KINDS.items()
            if PurePosixPath(path).match(each.files) and path.count("/") == each.files.count("/")
        ] == kinds
