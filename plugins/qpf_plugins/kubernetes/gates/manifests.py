"""Manifests as the gates see them: which artifacts they are, and what they read back as.

The reader takes what `kubectl` takes a plain scalar for (YAML 1.2, not PyYAML's 1.1), so that
an object compares equal to what was emitted exactly if the cluster would get what was meant.
"""

import re
from collections.abc import Iterator
from math import isfinite
from typing import Any

import yaml

from qpf.api import Artifact
from qpf_plugins.kubernetes.emit import FOLDER
from qpf_plugins.kubernetes.identity import Resource
from qpf_plugins.kubernetes.kustomization import FILE

ObjectKey = tuple[str, str, str, str]
"""API version, kind, namespace, name: what makes an object one."""


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]  # chosen when the module loads
    """A safe loader with the scalars of the YAML 1.2 core schema only."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012  # PyYAML's own way to start from none


for _tag, _pattern, _first in (
    ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("int", r"[-+]?[0-9]+", "-+0123456789"),
    ("float", r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", "-+.0123456789"),
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(rf"({_pattern})\Z"), list(_first))


def _float(loader: Any, node: Any) -> float | str:
    """A number with a fraction; one too large for it is text to `kubectl`, and so are some git hashes."""
    number = float(loader.construct_scalar(node))
    return number if isfinite(number) else str(loader.construct_scalar(node))


_Loader.add_constructor("tag:yaml.org,2002:float", _float)


def manifests(artifacts: tuple[Artifact, ...]) -> Iterator[Artifact]:
    """The artifacts that are objects for a cluster."""
    for artifact in artifacts:
        folder, _, file = artifact.path.rpartition("/")
        if (folder == FOLDER or folder.startswith(f"{FOLDER}/")) and file != FILE:
            yield artifact


def read(content: bytes) -> list[Resource]:
    """The objects of a YAML stream.

    Raises:
        ValueError: If it is not YAML, or holds something that is no object.
    """
    try:
        documents = list(yaml.load_all(content, Loader=_Loader))
    except yaml.YAMLError as error:
        message = f"not YAML: {' '.join(str(error).split())}"
        raise ValueError(message) from error
    for document in documents:
        if not _is_object(document):
            message = "not an object: apiVersion, kind and metadata.name are missing"
            raise ValueError(message)
    return documents


def objects_of(content: bytes, *kinds: str) -> list[Resource]:
    """The objects of some kinds in a file; none in one that holds anything else than objects.

    Most files hold none, and to read one takes far longer than to look for a few words. What is no object is
    a fault that the gate for schemas tells.
    """
    if not any(kind.encode() in content for kind in kinds):
        return []
    try:
        return [each for each in read(content) if each["kind"] in kinds]
    except ValueError:
        return []


def key_of(resource: Resource) -> ObjectKey:
    """What makes an object one."""
    metadata = resource["metadata"]
    return resource["apiVersion"], resource["kind"], metadata.get("namespace", ""), metadata["name"]


def show(key: ObjectKey) -> str:
    """An object as people name it: `Deployment l9-production/main-agent`."""
    _, kind, namespace, name = key
    return f"{kind} {namespace}/{name}" if namespace else f"{kind} {name}"


def _is_object(document: object) -> bool:
    return (
        isinstance(document, dict)
        and isinstance(document.get("apiVersion"), str)
        and isinstance(document.get("kind"), str)
        and isinstance(document.get("metadata"), dict)
        and isinstance(document["metadata"].get("name"), str)
    )
