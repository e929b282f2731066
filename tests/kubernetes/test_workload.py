"""The Deployment and what goes with it: replicas, probes, security, storage, secrets."""

from typing import Any

import pytest

from tests.kubernetes.fleet import agent, environment, objects, rendered

RESTRICTED_VOLUMES = {"configMap", "emptyDir", "persistentVolumeClaim"}


def pod(found: dict[str, Any]) -> Any:
    """The pod of a Deployment."""
    return found["Deployment"]["spec"]["template"]["spec"]


@pytest.mark.parametrize(
    ("replicas", "budget", "spread"), [(0, False, False), (1, False, False), (2, True, True), (5, True, True)]
)
def test_a_budget_never_blocks(replicas: int, *, budget: bool, spread: bool) -> None:
    each = agent("main_agent", deployment={"replicas": replicas})
    found = objects(each, environment([each]))
    assert found["Deployment"]["spec"]["replicas"] == replicas
    assert ("PodDisruptionBudget" in found) is budget
    assert ("topologySpreadConstraints" in pod(found)) is spread
    if budget:
        spec = found["PodDisruptionBudget"]["spec"]
        assert spec["maxUnavailable"] < replicas
        assert "minAvailable" not in spec
        assert spec["unhealthyPodEvictionPolicy"] == "AlwaysAllow"


def test_every_pod_is_of_the_restricted_profile() -> None:
    each = agent("main_agent", deployment={"replicas": 2})
    spec = pod(objects(each, environment([each])))
    assert spec["securityContext"]["runAsNonRoot"] is True
    assert spec["securityContext"]["runAsUser"] > 0
    assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert not {"hostNetwork", "hostPID", "hostIPC"} & spec.keys()
    for container in spec["containers"]:
        security = container["securityContext"]
        assert security["allowPrivilegeEscalation"] is False
        assert security["capabilities"] == {"drop": ["ALL"]}
        assert security["readOnlyRootFilesystem"] is True
        assert security["runAsNonRoot"] is True
        assert not any("hostPort" in port for port in container["ports"])
    assert {kind for volume in spec["volumes"] for kind in volume if kind != "name"} <= RESTRICTED_VOLUMES


def test_no_token_is_handed_out() -> None:
    each = agent("main_agent")
    found = objects(each, environment([each]))
    assert pod(found)["automountServiceAccountToken"] is False
    assert found["ServiceAccount"]["automountServiceAccountToken"] is False
    assert pod(found)["serviceAccountName"] == found["ServiceAccount"]["metadata"]["name"]


def test_what_is_mounted_exists_and_each_volume_is_mounted() -> None:
    each = agent("main_agent")
    found = objects(each, environment([each]))
    (container,) = pod(found)["containers"]
    assert {mount["name"] for mount in container["volumeMounts"]} == {
        volume["name"] for volume in pod(found)["volumes"]
    }
    writable = {mount["mountPath"] for mount in container["volumeMounts"] if not mount.get("readOnly")}
    assert writable - {found["ConfigMap"]["data"]["QPF_DATA_DIR"]} == {"/tmp"}  # noqa: S108  # the pod's own


def test_probes_ask_the_named_port_in_whole_seconds() -> None:
    health = {
        "interval_seconds": 7,
        "liveness_probe": {"endpoint": "/health", "timeout_ms": 1},
        "readiness_probe": {"endpoint": "/ready", "timeout_ms": 1001},
        "startup_probe": {"endpoint": "/startup", "timeout_ms": 5000},
    }
    each = agent("main_agent", deployment={"health_monitoring": health})
    (container,) = pod(objects(each, environment([each], startup_seconds=61)))["containers"]
    ports = {port["name"] for port in container["ports"]}
    seen = {kind: container[f"{kind}Probe"] for kind in ("liveness", "readiness", "startup")}
    assert {probe["httpGet"]["port"] for probe in seen.values()} == ports == {"http"}
    assert {kind: probe["httpGet"]["path"] for kind, probe in seen.items()} == {
        "liveness": "/health",
        "readiness": "/ready",
        "startup": "/startup",
    }
    assert [seen[kind]["timeoutSeconds"] for kind in ("liveness", "readiness", "startup")] == [1, 2, 5]
    assert seen["liveness"]["periodSeconds"] == seen["readiness"]["periodSeconds"] == 7
    assert seen["startup"]["periodSeconds"] * seen["startup"]["failureThreshold"] >= 61


def test_a_pod_has_more_time_to_stop_than_its_agent() -> None:
    each = agent("main_agent", deployment={"graceful_shutdown_timeout": 300})
    spec = pod(objects(each, environment([each])))
    drain = spec["containers"][0]["lifecycle"]["preStop"]["sleep"]["seconds"]
    assert spec["terminationGracePeriodSeconds"] > 300 + drain


def test_secrets_are_referred_to_and_must_exist() -> None:
    secrets = {"DATABASE_URL": {"secret": "main-agent-memory", "key": "url"}}
    each = agent("main_agent", deployment={"secrets": secrets})
    found = objects(each, environment([each]))
    variables = {one["name"]: one for one in pod(found)["containers"][0]["env"]}
    assert variables["DATABASE_URL"] == {
        "name": "DATABASE_URL",
        "valueFrom": {"secretKeyRef": {"key": "url", "name": "main-agent-memory", "optional": False}},
    }
    assert all("value" not in one for one in variables.values())
    assert "Secret" not in found
    assert "main-agent-memory" not in str(found["ConfigMap"])


def test_every_variable_of_ours_is_in_the_configmap() -> None:
    each = agent("main_agent")
    found = objects(each, environment([each]))
    keys = {
        one["valueFrom"]["configMapKeyRef"]["key"]
        for one in pod(found)["containers"][0]["env"]
        if "configMapKeyRef" in one["valueFrom"]
    }
    assert keys == found["ConfigMap"]["data"].keys() - {"config.json"}


@pytest.mark.parametrize(
    ("persistent", "replicas", "memory", "kept"),
    [
        (False, 1, {"episodicmemory": {"storagetype": "sqlite"}}, False),
        (True, 1, {"episodicmemory": {"storagetype": "sqlite"}}, True),
        (True, 1, {"archive": {"storagetype": "local"}}, True),
        (True, 1, {}, False),
        (True, 2, {"episodicmemory": {"storagetype": "sqlite"}}, False),
    ],
)
def test_only_memory_on_an_agents_own_disk_is_claimed(
    *, persistent: bool, replicas: int, memory: Any, kept: bool
) -> None:
    each = agent("main_agent", deployment={"replicas": replicas}, memorytopology=memory)
    found = objects(each, environment([each], storage={"persistent": persistent, "size": "3Gi"}))
    assert ("PersistentVolumeClaim" in found) is kept
    # A claim is for one pod at a time.
    assert found["Deployment"]["spec"]["strategy"]["type"] == ("Recreate" if kept else "RollingUpdate")
    (data,) = [volume for volume in pod(found)["volumes"] if volume["name"] == "data"]
    expected = (
        {"persistentVolumeClaim": {"claimName": "main-agent"}} if kept else {"emptyDir": {"sizeLimit": "3Gi"}}
    )
    assert data == {"name": "data", **expected}


def test_image_is_taken_as_it_is() -> None:
    image = "registry.example:5000/l9/main-agent@sha256:" + "0" * 64
    each = agent("main_agent", deployment={"image": image})
    assert pod(objects(each, environment([each])))["containers"][0]["image"] == image


def test_selectors_meet_the_pods_of_their_agent_only() -> None:
    pair = [
        agent("main_agent", deployment={"replicas": 2}),
        agent("main_agent_two", deployment={"replicas": 2}),
    ]
    fleet = environment(pair)
    labels = {
        each.name: objects(each, fleet)["Deployment"]["spec"]["template"]["metadata"]["labels"]
        for each in pair
    }
    for each in pair:
        found = objects(each, fleet)
        for selector in (
            found["Deployment"]["spec"]["selector"]["matchLabels"],
            found["Service"]["spec"]["selector"],
            found["PodDisruptionBudget"]["spec"]["selector"]["matchLabels"],
            found["NetworkPolicy"]["spec"]["podSelector"]["matchLabels"],
        ):
            assert [name for name, own in labels.items() if selector.items() <= own.items()] == [each.name]


def test_the_namespace_admits_the_restricted_profile_only() -> None:
    (namespace,) = [one for one in rendered(environment([])) if one.path == "manifests/namespace.yaml"]
    labels = namespace.state["resources"]["Namespace/l9-production"]["metadata"]["labels"]
    assert {labels[f"pod-security.kubernetes.io/{mode}"] for mode in ("enforce", "audit", "warn")} == {
        "restricted"
    }
