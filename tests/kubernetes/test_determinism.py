"""The same fleet gives the same bytes, whatever order it is told in."""

import os
import subprocess
import sys
from pathlib import Path

from qpf_plugins.kubernetes import qpf_emitters, qpf_gates, qpf_passes
from tests.kubernetes.fleet import agent, environment, rendered
from tests.kubernetes.pair import pair

ROOT = Path(__file__).parent.parent.parent
PROGRAM = """
import hashlib
from tests.kubernetes.fleet import rendered
from tests.kubernetes.pair import pair
print(hashlib.sha256(b"".join(each.content for each in rendered(pair()))).hexdigest())
"""


def test_two_runs_agree() -> None:
    assert rendered(pair()) == rendered(pair())


def test_neither_hash_seed_nor_locale_matters() -> None:
    digests = {
        subprocess.run(
            [sys.executable, "-c", PROGRAM],
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": seed, "LC_ALL": locale, "TZ": zone},
            capture_output=True,
            check=True,
        ).stdout
        for seed, locale, zone in (("0", "C", "UTC"), ("4711", "C.UTF-8", "Asia/Kolkata"))
    }
    assert len(digests) == 1


def test_the_order_of_glue_and_services_does_not_matter() -> None:
    each = [
        agent("a", integration={"services": services})
        for services in (["archive", "postgresql"], ["postgresql", "archive"])
    ]
    others = [agent("b"), agent("c")]
    glue = [("a.x", "b.x"), ("a.y", "c.y"), ("c.z", "a.z"), ("b.z", "a.z")]
    first, second = (
        {artifact.path: artifact.content for artifact in rendered(environment([one, *others], ways))}
        for one, ways in zip(each, (glue, glue[::-1]), strict=True)
    )
    path = "manifests/a/networkpolicy.yaml"
    assert first[path] == second[path]


def test_each_object_has_a_file_and_stands_for_itself() -> None:
    for artifact in rendered(pair()):
        if artifact.path.endswith("kustomization.yaml"):
            assert not artifact.state
            continue
        ((key, resource),) = artifact.state["resources"].items()
        assert key == f"{resource['kind']}/{resource['metadata']['name']}"
        assert artifact.complete
        if resource["kind"] != "Namespace":
            assert resource["metadata"]["namespace"] == "l9-production"


def test_hooks_hand_over_values_with_names_of_their_own() -> None:
    emitters, passes, gates = qpf_emitters(), qpf_passes(), qpf_gates()
    names = [*(one.name for one in emitters), *(one.name for one in passes), *(one.name for one in gates)]
    assert len(names) == len(set(names)) == 13
