"""The emitter: which objects an agent and an environment have, and the file of each."""

from collections.abc import Iterator

from qpf.api import Agent, Artifact, Environment, Tools
from qpf_plugins.kubernetes import continuous_validation
from qpf_plugins.kubernetes.configuration import config_map, content_digest
from qpf_plugins.kubernetes.deployment import deployment
from qpf_plugins.kubernetes.disruption import disruption_budget
from qpf_plugins.kubernetes.identity import Resource, identity_of
from qpf_plugins.kubernetes.kustomization import kustomization
from qpf_plugins.kubernetes.namespace import namespace
from qpf_plugins.kubernetes.network import callee_policy, network_policy
from qpf_plugins.kubernetes.options import Options, options_of
from qpf_plugins.kubernetes.service import service, service_account
from qpf_plugins.kubernetes.storage import claim, keeps_data

FOLDER = "manifests"


def emit_agent(tools: Tools, agent: Agent, environment: Environment) -> Iterator[Artifact]:
    """The manifests of one agent, an object a file, and the kustomization that lists them."""
    folder = f"{FOLDER}/{agent.name}"
    files = objects(tools, agent, environment, options_of(environment))
    for file, resource in files.items():
        yield _artifact(tools, f"{folder}/{file}", resource)
    yield kustomization(tools, folder, files)


def emit_environment(tools: Tools, environment: Environment) -> Iterator[Artifact]:
    """What all agents share: the namespace, the periodic check, and the kustomizations above theirs."""
    options = options_of(environment)
    files = {
        "namespace.yaml": namespace(environment, options.namespace),
        **continuous_validation.objects(environment, options),
    }
    for file, resource in files.items():
        yield _artifact(tools, f"{FOLDER}/{file}", resource)
    yield kustomization(tools, FOLDER, [*files, *environment.agents])
    yield kustomization(tools, "", [FOLDER])


def objects(tools: Tools, agent: Agent, environment: Environment, options: Options) -> dict[str, Resource]:
    """The objects of an agent, by file."""
    identity = identity_of(agent, environment, options.namespace)
    section = agent.values["deployment"]
    kept = keeps_data(agent, options.storage)
    configuration = config_map(tools, agent, identity, options)
    digest = content_digest(configuration)
    found = {
        "configmap.yaml": configuration,
        "deployment.yaml": deployment(agent, identity, options, digest, kept=kept),
        "networkpolicy.yaml": network_policy(agent, environment, identity, options),
        "networkpolicy-callees.yaml": callee_policy(agent, environment, identity),
        "persistentvolumeclaim.yaml": claim(identity, options.storage) if kept else None,
        "poddisruptionbudget.yaml": disruption_budget(identity, section["replicas"]),
        "service.yaml": service(identity, section["port"]),
        "serviceaccount.yaml": service_account(identity),
    }
    return {file: resource for file, resource in found.items() if resource is not None}


def _artifact(tools: Tools, path: str, resource: Resource) -> Artifact:
    key = f"{resource['kind']}/{resource['metadata']['name']}"
    return Artifact(path, tools.yaml(resource), state={"resources": {key: resource}}, complete=True)
