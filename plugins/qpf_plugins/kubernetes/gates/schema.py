"""Gate `kubernetes-schema`: every emitted object against the strict schemas of the API, offline.

The schemas are those of `kubernetes-validate`, and so is the verdict. Its own `validate` reads
a megabyte of schema for each object and stops at the first fault; here a validator is built
once a kind, so that a thousand agents take seconds, and every fault is told.
"""

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any

from qpf.api import Artifact, Gate, Measurement, thaw
from qpf_plugins.kubernetes.gates.manifests import key_of, manifests, read, show
from qpf_plugins.kubernetes.identity import Resource

VERSIONS = ("1.32", "1.37")
"""Kubernetes versions whose schemas an object must fit: the oldest and the newest we emit for."""

HINT = "install it with `pip install qpf[test]`"


def check(_root: str, _folder: str, artifacts: tuple[Artifact, ...]) -> Iterator[Measurement]:
    """One row an agent: how many of its objects are valid, and what is wrong with the others."""
    try:
        import kubernetes_validate  # noqa: F401, PLC0415  # heavy, and an extra: only who tests needs it
    except ImportError:
        yield Measurement(
            "",
            "objects",
            "not checked",
            "all valid",
            passed=False,
            detail=f"kubernetes-validate is missing; {HINT}",
        )
        return
    by_subject: dict[str, list[Artifact]] = {}
    for artifact in manifests(artifacts):
        by_subject.setdefault(artifact.subject, []).append(artifact)
    if not by_subject:
        yield Measurement("", "objects", "none", "at least one", passed=False, detail="nothing was emitted")
    for subject, files in sorted(by_subject.items()):
        faults = [list(_faults(file)) for file in files]
        valid = sum(not found for found in faults)
        yield Measurement(
            subject,
            "objects",
            f"{valid} of {len(files)} valid",
            f"all valid ({' and '.join(VERSIONS)}, strict)",
            passed=valid == len(files),
            detail="\n".join(fault for found in faults for fault in found),
        )


def _faults(artifact: Artifact) -> Iterator[str]:
    try:
        found = read(artifact.content)
    except ValueError as error:
        yield f"{artifact.path}: {error}"
        return
    if len(found) != 1:
        yield f"{artifact.path}: {len(found)} objects; a file holds one"
    if found != [thaw(resource) for resource in artifact.state.get("resources", {}).values()]:
        yield f"{artifact.path}: does not read back as what it stands for in the approved state"
    for resource in found:
        for fault in faults(resource):
            yield f"{artifact.path}: {show(key_of(resource))}: {fault}"


def faults(resource: Resource, versions: Iterable[str] = VERSIONS) -> Iterator[str]:
    """What is wrong with an object: `spec.replicas: 'two' is not of type 'integer' (1.34)`."""
    told: set[str] = set()
    for version in versions:
        validator = _validator(version, resource["apiVersion"], resource["kind"])
        if validator is None:
            yield f"Kubernetes {version} has no {resource['kind']} of {resource['apiVersion']}"
            continue
        for error in sorted(
            validator.iter_errors(resource), key=lambda found: list(map(str, found.absolute_path))
        ):
            path = ".".join(map(str, error.absolute_path)) or "the object"
            fault = f"{path}: {error.message}"
            if fault not in told:
                told.add(fault)
                yield f"{fault} ({version})"


@lru_cache(maxsize=256)
def _validator(version: str, api_version: str, kind: str) -> Any:
    """The validator of a kind, or None for a kind that the version does not know."""
    from jsonschema import Draft202012Validator  # noqa: PLC0415  # as above
    from kubernetes_validate.utils import schema_contents  # noqa: PLC0415  # as above
    from referencing import Registry  # noqa: PLC0415  # as above

    folder = f"kubernetes-json-schema/v{version}.0-local-strict"
    group, _, number = api_version.rpartition("/")
    name = "-".join(part for part in (kind.lower(), group.partition(".")[0], number) if part)
    try:
        schema = schema_contents(f"{folder}/{name}.json", version)
    except FileNotFoundError:
        return None
    return Draft202012Validator(schema, registry=_definitions(folder, version) @ Registry())


@lru_cache(maxsize=8)
def _definitions(folder: str, version: str) -> Any:
    from kubernetes_validate.utils import schema_contents  # noqa: PLC0415  # as above
    from referencing import Resource as Schema  # noqa: PLC0415  # as above

    return Schema.from_contents(schema_contents(f"{folder}/_definitions.json", version))


GATE = Gate("kubernetes-schema", (), "kubernetes", check)
