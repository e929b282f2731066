"""Gate `kustomize`: `kubectl kustomize` renders from the written folder exactly what was emitted."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from qpf.api import Artifact, Gate, Measurement
from qpf_plugins.kubernetes.gates.manifests import ObjectKey, key_of, manifests, read, show
from qpf_plugins.kubernetes.identity import Resource

NAME = "kustomize"
THRESHOLD = "every object, unchanged"
LONGEST_SECONDS = 300
HINT = "install kubectl, or build it with `cd tools/kubectl && go build -o ../../.tools/kubectl .`"


def check(root: str, folder: str, artifacts: tuple[Artifact, ...]) -> Iterator[Measurement]:
    """One row an environment: how many objects are rendered as they were emitted."""
    kubectl = shutil.which("kubectl") or shutil.which("kubectl", path=str(Path(root) / ".tools"))
    if kubectl is None:
        yield _row("not checked", passed=False, detail=f"kubectl is missing; {HINT}")
        return
    try:
        done = subprocess.run(  # noqa: S603  # a program found by name, a folder of ours
            [kubectl, "kustomize", folder], capture_output=True, check=False, timeout=LONGEST_SECONDS
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        yield _row("not rendered", passed=False, detail=str(error))
        return
    if done.returncode != 0:
        yield _row("not rendered", passed=False, detail=done.stderr.decode(errors="replace").strip())
        return
    try:
        emitted = {key_of(found): found for file in manifests(artifacts) for found in read(file.content)}
        rendered = read(done.stdout)
    except ValueError as error:
        yield _row("not readable", passed=False, detail=str(error))
        return
    faults = list(differences(emitted, rendered))
    same = sum(emitted.get(key_of(found)) == found for found in rendered)
    yield _row(f"{same} of {len(emitted)} rendered", passed=not faults, detail="\n".join(faults))


def differences(emitted: dict[ObjectKey, Resource], rendered: list[Resource]) -> Iterator[str]:
    """How what is rendered differs from what was emitted."""
    seen: dict[ObjectKey, Resource] = {}
    for resource in rendered:
        key = key_of(resource)
        if key in seen:
            yield f"{show(key)}: rendered twice"
        seen[key] = resource
    for key in sorted(emitted.keys() | seen.keys()):
        if key not in seen:
            yield f"{show(key)}: emitted but not rendered; a kustomization does not list it"
        elif key not in emitted:
            yield f"{show(key)}: rendered but not emitted; the folder holds something else"
        elif seen[key] != emitted[key]:
            yield f"{show(key)}: rendered otherwise than emitted; the folder is stale or edited"


def _row(value: str, *, passed: bool, detail: str) -> Measurement:
    return Measurement("", NAME, value, THRESHOLD, passed=passed, detail=detail)


GATE = Gate(NAME, (), "kubernetes", check, scope="environment")
