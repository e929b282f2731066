"""Schemas that lie in memory, read and compared."""

import json
from functools import partial
from typing import Any

from qpf.evolution.diff.contrast import contrast
from qpf.evolution.diff.shapes.jsonschema import shape_of
from qpf.evolution.diff.shapes.shape import Shape
from qpf.evolution.diff.sides import Subject, alone
from qpf.evolution.steps import read_steps
from qpf.model.fleet import Document
from qpf.model.migration import Migration
from qpf.model.schema_change import SchemaChange
from qpf.syntax.reader import read_yaml


def read(schema: Any) -> Shape:
    """The shape of a schema."""
    body = read_yaml("schema.json", json.dumps(schema).encode()).value
    assert body is not None
    shape = shape_of(body)
    assert not shape.report.failed, shape.report
    return shape.value


def differ(
    old: Any, new: Any, *operations: Any, versions: tuple[str, str] = ("1.0.0", "2.0.0")
) -> tuple[SchemaChange, ...]:
    """What differs between the fields of two schemas, by a migration of some operations."""
    before, after = (
        alone(Subject("", "", partial(read, each), version), steps(*operations, versions=versions))
        for each, version in zip((old, new), versions, strict=True)
    )
    changes = contrast(before, after, lambda path: None, lambda path: "free")
    return tuple(each for each in changes if each.path or not each.code.startswith("L"))


def steps(*operations: Any, versions: tuple[str, str]) -> tuple[Migration, ...]:
    """A migration of some operations, as people write them: `field_rename: a.b -> a.c`."""
    if not operations:
        return ()
    operations = tuple(dict([each.split(": ", 1)]) if isinstance(each, str) else each for each in operations)
    said = {"from": versions[0], "to": versions[1], "operations": list(operations)}
    body = read_yaml("step.yaml", json.dumps(said).encode()).value
    assert body is not None
    found = read_steps([Document("migration", "step", "step.yaml", body)], ())
    assert not found.report.failed, found.report
    return found.value


def codes(changes: tuple[SchemaChange, ...]) -> list[str]:
    """Which rules judged, in order of the codes."""
    return sorted(each.code for each in changes)
