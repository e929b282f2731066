"""The periodic check: off unless asked for, hardened, and the same command as anywhere else."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
from pydantic import ValidationError

from qpf_plugins.kubernetes.continuous_validation import schedule
from qpf_plugins.kubernetes.gates import schema
from qpf_plugins.kubernetes.gates.manifests import read
from qpf_plugins.kubernetes.options import Options
from tests.command import run
from tests.kubernetes.fleet import agent, environment, rendered

IMAGE = "registry.example/l9/qpf:0.1.0"
GIT = {
    "url": "https://git.example/l9/fleet.git",
    "server": {"cidr": "10.80.0.10/32", "port": 443},
    "secret": "fleet-git",
}
ASKED: dict[str, Any] = {"image": IMAGE, "git": GIT}


def emitted(**options: Any) -> dict[str, Any]:
    """What an environment gets beside its agents, by kind."""
    found = {}
    for artifact in rendered(environment([agent("main_agent")], **options)):
        if artifact.path.startswith("manifests/validation."):
            (resource,) = read(artifact.content)
            found[resource["kind"]] = resource
    return found


def pod_of(cron_job: Any) -> Any:
    return cron_job["spec"]["jobTemplate"]["spec"]["template"]["spec"]


@pytest.mark.parametrize("options", [{}, {"continuous_validation": {"image": IMAGE, "enabled": False}}])
def test_nothing_is_emitted_unless_it_is_asked_for(options: Any) -> None:
    assert emitted(**options) == {}


@pytest.mark.parametrize("asked", [ASKED, {"image": IMAGE}])
def test_it_is_applied_with_the_rest_and_what_a_cluster_takes(asked: Any) -> None:
    artifacts = rendered(environment([agent("main_agent")], continuous_validation=asked))
    listed = next(each.content for each in artifacts if each.path == "manifests/kustomization.yaml")
    assert b"validation.cronjob.yaml" in listed
    assert b"validation.networkpolicy.yaml" in listed
    for resource in emitted(continuous_validation=asked).values():
        for version in schema.VERSIONS:
            assert kubernetes_validate.validate(resource, version, strict=True) == version
    assert all(row.passed for row in schema.check("", "", artifacts))


@pytest.mark.parametrize("asked", [ASKED, {"image": IMAGE}])
def test_its_pods_keep_the_restricted_profile(asked: Any) -> None:
    pod = pod_of(emitted(continuous_validation=asked)["CronJob"])
    assert pod["automountServiceAccountToken"] is False
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["runAsUser"] == 10001
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    for container in (*pod["containers"], *pod.get("initContainers", ())):
        context = container["securityContext"]
        assert context["allowPrivilegeEscalation"] is False
        assert context["readOnlyRootFilesystem"] is True
        assert context["capabilities"] == {"drop": ["ALL"]}
        assert set(container["resources"]) == {"limits", "requests"}
    for volume in pod["volumes"]:
        assert "hostPath" not in volume
        assert volume.get("emptyDir", {"sizeLimit": "-"})["sizeLimit"]


@pytest.mark.parametrize(
    ("cpu", "requested"),
    [
        ("50m", "50m"),
        ("0.05", "0.05"),
        ("100m", "100m"),
        ("0.1", "0.1"),
        ("0.5", "100m"),
        ("0.010", "0.010"),
        ("0.001", "0.001"),
        ("2", "100m"),
    ],
)
def test_no_more_is_requested_than_may_be_used(cpu: str, requested: str) -> None:
    asked = ASKED | {"cpu": cpu}
    pod = pod_of(emitted(continuous_validation=asked)["CronJob"])
    for container in (*pod["containers"], *pod["initContainers"]):
        assert container["resources"]["limits"]["cpu"] == cpu
        assert container["resources"]["requests"]["cpu"] == requested


def test_checks_do_not_pile_up_and_end() -> None:
    spec = emitted(continuous_validation=ASKED | {"timeout_minutes": 7})["CronJob"]["spec"]
    assert spec["concurrencyPolicy"] == "Forbid"
    assert spec["startingDeadlineSeconds"] == 420
    assert (spec["successfulJobsHistoryLimit"], spec["failedJobsHistoryLimit"]) == (1, 3)
    job = spec["jobTemplate"]["spec"]
    assert (job["activeDeadlineSeconds"], job["backoffLimit"]) == (420, 0)
    assert job["template"]["spec"]["restartPolicy"] == "Never"


def test_the_branch_of_the_environment_is_fetched_without_showing_the_password() -> None:
    pod = pod_of(emitted(continuous_validation=ASKED)["CronJob"])
    (fetch,) = pod["initContainers"]
    assert "--ref=production" in fetch["args"]
    assert "--one-time" in fetch["args"]
    assert not any("password" in each.lower() for each in fetch["args"])
    assert {"name": "GITSYNC_PASSWORD_FILE", "value": "/etc/git/password"} in fetch["env"]
    (container,) = pod["containers"]
    assert {"mountPath": "/fleet", "name": "fleet", "readOnly": True} in container["volumeMounts"]
    assert all(mount["name"] != "git" for mount in container["volumeMounts"])
    other = pod_of(
        emitted(continuous_validation=ASKED | {"git": GIT | {"ref": "v1", "secret": None}})["CronJob"]
    )
    assert "--ref=v1" in other["initContainers"][0]["args"]
    assert all(volume["name"] != "git" for volume in other["volumes"])


def test_what_the_image_carries_needs_no_network() -> None:
    found = emitted(continuous_validation={"image": IMAGE, "fleet": "/srv/fleet"})
    pod = pod_of(found["CronJob"])
    assert "initContainers" not in pod
    assert pod["containers"][0]["args"][:2] == ["-C", "/srv/fleet"]
    spec = found["NetworkPolicy"]["spec"]
    assert (spec["egress"], spec["ingress"], spec["policyTypes"]) == ([], [], ["Ingress", "Egress"])


def test_its_pods_reach_the_git_server_and_names_only() -> None:
    found = emitted(continuous_validation=ASKED)
    spec = found["NetworkPolicy"]["spec"]
    assert spec["ingress"] == []
    names, server = spec["egress"]
    assert {port["port"] for port in names["ports"]} == {53}
    assert server["to"] == [{"ipBlock": {"cidr": "10.80.0.10/32"}}]
    labels = found["CronJob"]["spec"]["jobTemplate"]["spec"]["template"]["metadata"]["labels"]
    assert spec["podSelector"]["matchLabels"].items() <= labels.items()


def test_no_agent_can_have_its_name() -> None:
    fleet = [agent(name) for name in ("fleet_validation", "fleet", "validation")]
    artifacts = rendered(environment(fleet, continuous_validation=ASKED))
    names = [(key, each.path) for each in artifacts for key in each.state.get("resources", {})]
    assert len({key for key, _ in names}) == len(names)


def test_it_is_the_command_that_people_run(tmp_path: Path) -> None:
    """What the container starts, started here: 0 for a sound fleet, 1 for one with errors."""
    found = emitted(continuous_validation={"image": IMAGE, "fleet": "/srv/fleet"})["CronJob"]
    (container,) = pod_of(found)["containers"]
    assert container["command"] == ["qpf"]
    assert run(["init", "fleet"], tmp_path)[0] == 0
    before = sorted(tmp_path.rglob("*"))
    place = {"/srv/fleet": str(tmp_path / "fleet"), "production": "dev"}
    command = [sys.executable, "-m", "qpf", *(place.get(each, each) for each in container["args"])]
    assert subprocess.run(command, check=False, capture_output=True).returncode == 0
    assert sorted(tmp_path.rglob("*")) == before  # its place is read-only
    (tmp_path / "fleet/agents/keeper.yaml").write_text("name: [")
    failed = subprocess.run(command, check=False, capture_output=True, text=True)
    assert (failed.returncode, "QPF101" in failed.stderr) == (1, True)


@pytest.mark.parametrize(("hours", "rest"), [(1, "* * * *"), (6, "*/6 * * *"), (24, "3 * * *")])
def test_schedule_is_the_interval(hours: int, rest: str) -> None:
    minute, _, when = schedule(hours, "l9-production").partition(" ")
    assert 0 <= int(minute) < 60
    assert when == rest


def test_fleets_do_not_all_check_at_once() -> None:
    assert len({schedule(24, f"fleet-{number}") for number in range(20)}) > 10


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"image": ""},
        {"image": "x y"},
        {"image": IMAGE, "periodic_check_interval_hours": 5},
        {"image": IMAGE, "periodic_check_interval_hours": 0},
        {"image": IMAGE, "fleet": "fleet"},
        {"image": IMAGE, "fleet": "/a/../../etc; rm"},
        {"image": IMAGE, "cpu": "0"},
        {"image": IMAGE, "cpu": "0.0"},
        {"image": IMAGE, "cpu": "0.000"},
        {"image": IMAGE, "cpu": "0.5m"},
        {"image": IMAGE, "timeout_minutes": 61},
        {"image": IMAGE, "git": {"url": "https://user:secret@git.example/x.git", "server": GIT["server"]}},
        {"image": IMAGE, "git": {"url": "ssh://git.example/x.git", "server": GIT["server"]}},
        {"image": IMAGE, "git": {"url": "https://git.example/x.git"}},
        {"image": IMAGE, "git": {**GIT, "ref": "--upload-pack=x"}},
        {"image": IMAGE, "check_on_deploy": True},
    ],
)
def test_what_cannot_work_is_refused(asked: Any) -> None:
    with pytest.raises(ValidationError):
        Options.model_validate({"namespace": "l9", "continuous_validation": asked})
