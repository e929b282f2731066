"""The periodic check of the guide: a CronJob that validates the fleet as `qpf validate` does anywhere else.

What it looks at is either what the image carries, or what a branch holds at the time, which an init container
fetches. A job that finds errors fails, and its log says what it found; whoever watches jobs is told by that.
"""

from collections.abc import Iterable
from zlib import crc32

from qpf.api import Environment
from qpf_plugins.kubernetes.identity import (
    ENVIRONMENT_LABEL,
    INSTANCE_LABEL,
    MANAGED_BY_LABEL,
    NAME_LABEL,
    PART_OF_LABEL,
    Resource,
    instance_of,
)
from qpf_plugins.kubernetes.names import resource_name
from qpf_plugins.kubernetes.network import name_server, to_service
from qpf_plugins.kubernetes.options import ContinuousValidation, GitSource, Options
from qpf_plugins.kubernetes.quantity import amount
from qpf_plugins.kubernetes.security import container_security, pod_security

NAME = "fleet.validation"
"""Agents' names have no dot, and what is theirs and has one ends in `.callees`: this meets none of it."""

NIGHT = 3
"""The hour of a check that is made once a day."""

REQUESTED = "100m"
"""Processor time that is set aside for a check, unless it may not use as much."""

_FETCHED = "/fleet"
_SIGN_IN = "/etc/git"
_DAY = 24


def objects(environment: Environment, options: Options) -> dict[str, Resource]:
    """The CronJob and what its pods may reach, by file; nothing if the environment asks for none."""
    wanted = options.continuous_validation
    if wanted is None or not wanted.enabled:
        return {}
    return {
        "validation.cronjob.yaml": _cron_job(environment, options, wanted),
        "validation.networkpolicy.yaml": _network_policy(environment, options, wanted.git),
    }


def _labels(environment: Environment) -> dict[str, str]:
    return {
        **_selector(environment),
        MANAGED_BY_LABEL: "qpf",
        PART_OF_LABEL: resource_name(environment.fleet.name),
        ENVIRONMENT_LABEL: environment.name,
    }


def _selector(environment: Environment) -> dict[str, str]:
    return {INSTANCE_LABEL: instance_of(environment), NAME_LABEL: NAME}


def _metadata(environment: Environment, options: Options) -> Resource:
    return {"labels": _labels(environment), "name": NAME, "namespace": options.namespace}


def _cron_job(environment: Environment, options: Options, wanted: ContinuousValidation) -> Resource:
    seconds = wanted.timeout_minutes * 60
    return {
        "apiVersion": "batch/v1",
        "kind": "CronJob",
        "metadata": _metadata(environment, options),
        "spec": {
            "concurrencyPolicy": "Forbid",
            "failedJobsHistoryLimit": 3,
            "jobTemplate": {
                "metadata": {"labels": _labels(environment)},
                "spec": {
                    "activeDeadlineSeconds": seconds,
                    # A second look at the same fleet finds the same.
                    "backoffLimit": 0,
                    "template": {
                        "metadata": {"labels": _labels(environment)},
                        "spec": _pod(environment, options, wanted),
                    },
                },
            },
            "schedule": schedule(wanted.periodic_check_interval_hours, instance_of(environment)),
            # A check that could not start for so long is left to the next one.
            "startingDeadlineSeconds": seconds,
            "successfulJobsHistoryLimit": 1,
            "timeZone": "Etc/UTC",
        },
    }


def schedule(hours: int, instance: str) -> str:
    """When to check; minutes differ, so that a cluster of many fleets does not check all of them at once."""
    minute = crc32(instance.encode()) % 60
    if hours == _DAY:
        return f"{minute} {NIGHT} * * *"
    return f"{minute} * * * *" if hours == 1 else f"{minute} */{hours} * * *"


def _pod(environment: Environment, options: Options, wanted: ContinuousValidation) -> Resource:
    git = wanted.git
    place = f"{_FETCHED}/git/current" if git else wanted.fleet
    mounts: list[Resource] = [{"mountPath": "/tmp", "name": "tmp"}]  # noqa: S108  # of the container
    if git:
        mounts.append({"mountPath": _FETCHED, "name": "fleet", "readOnly": True})
    pod: Resource = {
        "automountServiceAccountToken": False,
        "containers": [
            {
                # Nothing is remembered: the place is read-only, and the next pod starts from nothing.
                "args": ["-C", place, "validate", "--no-cache", "--env", environment.name],
                "command": ["qpf"],
                "image": wanted.image,
                "name": "validate",
                "resources": _resources(wanted),
                "securityContext": container_security(),
                "volumeMounts": mounts,
            }
        ],
        "enableServiceLinks": False,
        "restartPolicy": "Never",
        "securityContext": pod_security(options.run_as_user),
        "volumes": [{"emptyDir": {"sizeLimit": options.storage.temporary_size}, "name": "tmp"}],
    }
    if git:
        pod["initContainers"] = [_fetch(environment, wanted, git)]
        pod["volumes"] += _volumes(options, git)
    if options.image_pull_secrets:
        pod["imagePullSecrets"] = [{"name": name} for name in options.image_pull_secrets]
    return pod


def _fetch(environment: Environment, wanted: ContinuousValidation, git: GitSource) -> Resource:
    """The container that fetches the branch, once, without its history."""
    branch = str(environment.fleet.environments[environment.name]["branch"])
    variables: list[Resource] = [{"name": "HOME", "value": "/tmp"}]  # noqa: S108  # of the container
    mounts: list[Resource] = [
        {"mountPath": _FETCHED, "name": "fleet"},
        {"mountPath": "/tmp", "name": "tmp"},  # noqa: S108  # of the container
    ]
    if git.secret is not None:
        user = {"key": "username", "name": git.secret, "optional": False}
        variables += [
            {"name": "GITSYNC_PASSWORD_FILE", "value": f"{_SIGN_IN}/password"},
            {"name": "GITSYNC_USERNAME", "valueFrom": {"secretKeyRef": user}},
        ]
        mounts.append({"mountPath": _SIGN_IN, "name": "git", "readOnly": True})
    return {
        "args": [
            f"--repo={git.url}",
            f"--ref={git.ref or branch}",
            # A folder of its own: git refuses to work in one that belongs to somebody else, as a volume does.
            f"--root={_FETCHED}/git",
            "--link=current",
            "--depth=1",
            "--submodules=off",
            "--one-time",
        ],
        "env": variables,
        "image": git.image,
        "name": "fetch",
        "resources": _resources(wanted),
        "securityContext": container_security(),
        "volumeMounts": mounts,
    }


def _resources(wanted: ContinuousValidation) -> Resource:
    limits = {"cpu": wanted.cpu, "memory": wanted.memory}
    requests = {"cpu": min(wanted.cpu, REQUESTED, key=amount), "memory": wanted.memory}
    return {"limits": limits, "requests": requests}


def _volumes(options: Options, git: GitSource) -> Iterable[Resource]:
    yield {"emptyDir": {"sizeLimit": options.storage.size}, "name": "fleet"}
    if git.secret is not None:
        items = [{"key": "password", "path": "password"}]
        yield {"name": "git", "secret": {"items": items, "secretName": git.secret}}


def _network_policy(environment: Environment, options: Options, git: GitSource | None) -> Resource:
    """Nobody talks to its pods, and they talk to the git server only."""
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": _metadata(environment, options),
        "spec": {
            "egress": [name_server(options.dns), to_service(git.server)] if git else [],
            "ingress": [],
            "podSelector": {"matchLabels": _selector(environment)},
            "policyTypes": ["Ingress", "Egress"],
        },
    }
