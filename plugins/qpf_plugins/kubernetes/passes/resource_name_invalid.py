"""QPF611: a name that cannot stand on a resource."""

from collections.abc import Iterator

from qpf.api import Diagnostic, Environment, Pass
from qpf_plugins.kubernetes.codes import RESOURCE_NAME_INVALID
from qpf_plugins.kubernetes.identity import instance_of
from qpf_plugins.kubernetes.names import (
    LONGEST_NAME,
    LONGEST_WORKLOAD,
    is_label_value,
    is_workload_name,
    resource_name,
)
from qpf_plugins.kubernetes.options import targeted

_LABEL_RULE = f"letters, digits, `.`, `_`, `-`, not at its ends, at most {LONGEST_NAME} characters"
_WORKLOAD_RULE = f"a letter, then letters, digits or `-`, at most {LONGEST_WORKLOAD} characters"


def check(environment: Environment) -> Iterator[Diagnostic]:
    """A name cannot become the name or a label of a Kubernetes resource.

    What it does:
        Forms the names of workloads (kebab-case, starting with a letter, short enough for the
        suffix of a pod) and of the fleet in its environment, and checks them.

    Why is this bad:
        The cluster refuses the objects, or cuts the host names of pods until two are the same.

    Example:
        ```yaml
        name: reconciles_supplier_catalogues_of_every_region   # 51 characters
        ```

    Use instead:
        ```yaml
        name: catalogue_reconciler
        ```
    """
    if not targeted(environment):
        return
    for value in (instance_of(environment), environment.name):
        if not is_label_value(value):
            yield Diagnostic(
                RESOURCE_NAME_INVALID,
                f"{value!r} cannot be a label: {_LABEL_RULE}",
                environment.span,
                hint="rename the environment or the fleet (`fleet:` in qpf.yaml)",
                environment=environment.name,
            )
    for agent in environment.agents.values():
        name = resource_name(agent.name)
        if not is_workload_name(name):
            message = f"agent {agent.name!r} cannot name its resources {name!r}: {_WORKLOAD_RULE}"
        elif not is_label_value(agent.name):
            message = f"agent {agent.name!r} cannot be a label: {_LABEL_RULE}"
        else:
            continue
        yield Diagnostic(
            RESOURCE_NAME_INVALID,
            message,
            agent.span("name"),
            ("name",),
            hint="give the agent another name",
            subject=agent.name,
            environment=environment.name,
        )


PASS = Pass("resource-name-invalid", 6, (RESOURCE_NAME_INVALID,), check, scope="environment", partial=True)
