"""The fleets that are mutated, and the words that their files are made of."""

from functools import cache
from pathlib import Path
from typing import Any

from qpf.host.registry import load_registry
from qpf.io.worktree import WorkTree
from qpf.model.node import to_data
from qpf.syntax.reader import read_yaml
from tests.fuzz.inputs import Files

ROOT = Path(__file__).parent.parent.parent
FLEETS = ("tiny", "flat", "mesh", "v5.9.0", "broken", "reference", "laden")
"""`laden` is `tiny` with a template, constraints, steps, approvals and settings of everything."""

_LADEN = {
    "templates/python_agent/config.py.jinja": b'"""{{ agent.name }}"""\n'
    b"{% for name, each in agent.values.items() %}\n{{ name }} = {{ each | pretty }}\n{% endfor %}\n"
    b"{% if agent.values.deployment.replicas > 1 %}X = 1{% endif %}\n",
    "base/constraints/governance.cue": b"package agent\n\n#Agent: {\n\tgovernance: mode: "
    b'"hybrid" | "supervised" // why\n\tdeployment: replicas: >=1 & <=10\n'
    b'\tif governance.humanoverride {\n\t\tgovernance: escalationpolicy: contacts: [_, ...]\n\t}\n}\n',
    "migrations/6.2.0.yaml": b'from: 6.1.0\nto: 6.2.0\n\noperations:\n'
    b'  - field_rename: reasoningengine.primary_model -> reasoningengine.main_model\n'
    b'  - field_add: "learningsystem.threshold (default: 0.03)"\n'
    b'  - field_deprecated: deployment.timeout_ms (will be removed in 7.0.0)\n'
    b'require_manual_review: true\nbreaking_changes:\n  - Names change.\n',
    "approvals/6.2.0.yaml": b"step: 6.1.0 -> 6.2.0\nby: somebody\nreason: because\nuntil: 2027-01-01\n",
    "logic/own/steps.py": b'"""Steps."""\n\ndef step(packet):\n    return packet\n',
}  # fmt: skip


@cache
def fleet(name: str) -> Files:
    """The inputs of a fleet by path."""
    if name == "laden":
        return {**fleet("tiny"), **_LADEN}
    root = ROOT if name == "reference" else ROOT / "tests" / "fleets" / name
    return {source.path: source.content for source in WorkTree(root).sources().value}


@cache
def documents(name: str) -> dict[str, Any]:
    """What the YAML files of a fleet say, as far as they can be read."""
    read = {path: read_yaml(path, content).value for path, content in fleet(name).items() if is_yaml(path)}
    return {path: to_data(body) for path, body in read.items() if body is not None}


def is_yaml(path: str) -> bool:
    """Whether a file is a document."""
    return path.endswith(".yaml") and not path.startswith("templates/")


@cache
def parts() -> tuple[Any, ...]:
    """Every value that stands anywhere in any seed, simple or not."""
    found: dict[str, Any] = {}
    for name in FLEETS:
        for body in documents(name).values():
            for value in _below(body):
                found.setdefault(repr(value), value)
    return tuple(found.values())


@cache
def words() -> tuple[str, ...]:
    """Every key of any seed, and of any section's model, and every word that a model lists."""
    found = {key for value in parts() if isinstance(value, dict) for key in value}
    for entry in load_registry().value.sections:
        found.add(entry.value.name)
        _words_of(entry.value.model.model_json_schema(), found)
    return tuple(sorted(found))


def _below(value: Any) -> Any:
    yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _below(inner)


def _words_of(schema: Any, found: set[str]) -> None:
    if isinstance(schema, dict):
        found.update(schema.get("properties", ()))
        found.update(each for each in schema.get("enum", ()) if isinstance(each, str))
        for inner in schema.values():
            _words_of(inner, found)
    elif isinstance(schema, list):
        for inner in schema:
            _words_of(inner, found)
