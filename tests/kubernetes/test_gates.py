"""The gates: they agree with the tools they stand for, and see what is wrong."""

import shutil
import sys
from pathlib import Path

import kubernetes_validate
import pytest
from msgspec.structs import replace

from qpf.api import Artifact
from qpf_plugins.kubernetes.gates import kustomize, schema
from qpf_plugins.kubernetes.gates.manifests import manifests, read
from tests.kubernetes.fleet import agent, environment, rendered
from tests.kubernetes.pair import pair

WORDS = "a: b\n---\nkind: Secret\n# {{ no }} ${HOME} \u2028 \U0001f600 \t- x: |\n  '\""
HOSTILE = {"port": "null", "bool": "no", "float": "1e3", "octal": "0644", "time": "22:22", "sha": "123e4567"}


def written(folder: Path, artifacts: tuple[Artifact, ...]) -> Path:
    """Artifacts on disk."""
    for artifact in artifacts:
        (folder / artifact.path).parent.mkdir(parents=True, exist_ok=True)
        (folder / artifact.path).write_bytes(artifact.content)
    return folder


def changed(artifacts: tuple[Artifact, ...], path: str, old: str, new: str) -> tuple[Artifact, ...]:
    """The same artifacts, a text in one of them replaced."""
    assert old in next(each.content.decode() for each in artifacts if each.path == path)
    return tuple(
        replace(each, content=each.content.replace(old.encode(), new.encode())) if each.path == path else each
        for each in artifacts
    )


@pytest.mark.parametrize("version", schema.VERSIONS)
def test_every_object_passes_kubernetes_validate_strictly(version: str) -> None:
    checked = 0
    for artifact in manifests(rendered(pair())):
        for resource in read(artifact.content):
            assert kubernetes_validate.validate(resource, version, strict=True) == version
            checked += 1
    assert checked == 13


def test_schema_gate_has_a_row_for_each_agent() -> None:
    rows = list(schema.check("", "", rendered(pair())))
    assert [(row.subject, row.value, row.passed) for row in rows] == [
        ("", "1 of 1 valid", True),
        ("main_agent", "6 of 6 valid", True),
        ("tensoraios", "6 of 6 valid", True),
    ]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("replicas: 3", "replicas: many", "spec.replicas"),
        ("replicas: 3", "replcias: 3", "replcias"),
        ("maxSurge: 1", "maxSurge: [1]", "spec.strategy.rollingUpdate.maxSurge"),
        ("apiVersion: apps/v1", "apiVersion: apps/v9", "has no Deployment of apps/v9"),
        ("kind: Deployment", "kind: [", "not YAML"),
        ("kind: Deployment", "kind: null", "not an object"),
    ],
)
def test_schema_gate_tells_file_path_and_fault(old: str, new: str, told: str) -> None:
    path = "manifests/main_agent/deployment.yaml"
    broken = changed(rendered(pair()), path, old, new)
    row = next(row for row in schema.check("", "", broken) if row.subject == "main_agent")
    assert (row.value, row.passed) == ("5 of 6 valid", False)
    assert all(line.startswith(f"{path}: ") for line in row.detail.splitlines())
    assert told in row.detail


def test_schema_gate_sees_a_file_that_says_something_else() -> None:
    path = "manifests/main_agent/deployment.yaml"
    valid = changed(rendered(pair()), path, "replicas: 3", "replicas: 4")
    row = next(row for row in schema.check("", "", valid) if row.subject == "main_agent")
    assert row.detail == f"{path}: does not read back as what it stands for in the approved state"


def test_schema_gate_without_its_schemas_fails_and_says_how_to_get_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "kubernetes_validate", None)
    (row,) = schema.check("", "", rendered(pair()))
    assert not row.passed
    assert "pip install" in row.detail


def test_schema_gate_does_not_pass_for_want_of_objects() -> None:
    (row,) = schema.check("", "", ())
    assert not row.passed


@pytest.mark.parametrize("kind", ["Deployment", "NetworkPolicy", "Service", "ConfigMap"])
def test_schema_gate_agrees_with_kubernetes_validate(kind: str) -> None:
    resource = next(
        found for file in manifests(rendered(pair())) for found in read(file.content) if found["kind"] == kind
    )
    resource["surprise"] = 1
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(resource, schema.VERSIONS[0], strict=True)
    assert any("surprise" in fault for fault in schema.faults(resource))


def test_kustomize_renders_exactly_what_was_emitted(tmp_path: Path) -> None:
    artifacts = rendered(pair())
    (row,) = kustomize.check(str(tmp_path), str(written(tmp_path / "production", artifacts)), artifacts)
    assert (row.value, row.passed, row.detail) == ("13 of 13 rendered", True, "")


def test_strings_that_look_like_something_else_stay_strings(tmp_path: Path) -> None:
    labels = {key: value.replace(":", ".") for key, value in HOSTILE.items()}
    each = agent("main_agent", metadata={"description": WORDS, "labels": labels})
    artifacts = rendered(environment([each]))
    (row,) = kustomize.check(str(tmp_path), str(written(tmp_path / "production", artifacts)), artifacts)
    assert row.passed, row.detail
    for artifact in manifests(artifacts):
        resources = artifact.state["resources"]
        assert read(artifact.content) == list(resources.values())


@pytest.mark.parametrize(
    ("path", "old", "new", "told"),
    [
        ("manifests/main_agent/service.yaml", "port: 8080", "port: 8081", "rendered otherwise than emitted"),
        ("manifests/main_agent/kustomization.yaml", "  - service.yaml\n", "", "emitted but not rendered"),
        ("manifests/main_agent/service.yaml", "name: main-agent", "name: other", "rendered but not emitted"),
        ("manifests/kustomization.yaml", "- tensoraios\n", "- tensoraios\n  - nowhere\n", "nowhere"),
    ],
)
def test_kustomize_gate_sees_a_folder_that_differs(
    tmp_path: Path, path: str, old: str, new: str, told: str
) -> None:
    artifacts = rendered(pair())
    folder = written(tmp_path / "production", changed(artifacts, path, old, new))
    (row,) = kustomize.check(str(tmp_path), str(folder), artifacts)
    assert not row.passed
    assert told in row.detail


def test_kustomize_gate_without_kubectl_fails_and_says_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    (row,) = kustomize.check(str(tmp_path), str(tmp_path), ())
    assert not row.passed
    assert "go build" in row.detail


def test_kustomize_gate_finds_the_kubectl_of_the_fleet(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / ".tools" / "kubectl"
    program.parent.mkdir()
    program.write_text(f"#!{shutil.which('sh')}\necho 'cannot do it' >&2\nexit 3\n", encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    (row,) = kustomize.check(str(tmp_path), str(tmp_path), ())
    assert (row.value, row.passed, row.detail) == ("not rendered", False, "cannot do it")
