"""QPF617: a canary that would get more of the traffic than it may."""

from collections.abc import Iterator

from qpf.api import Agent, Diagnostic, Environment, Pass
from qpf_plugins.kubernetes.codes import CANARY_SHARE_IMPOSSIBLE
from qpf_plugins.kubernetes.options import options_of, targeted

_PERCENT = ("deployment", "deployment_updates", "canary_percent")


def check(agent: Agent, environment: Environment) -> Iterator[Diagnostic]:
    """A new version is to be tried on a smaller share of the traffic than one replica gets.

    What it does:
        Without a router that splits traffic, a share is a number of replicas. Compares
        `deployment.deployment_updates.canary_percent` with what one of `deployment.replicas`
        gets; where the environment has a router (`options.kubernetes.traffic_router`), any share
        is possible and the rule is silent.

    Why is this bad:
        A canary of 5 % on three replicas is tried on a third of the traffic: whoever reads 5 %
        takes a risk that is seven times as large as they think.

    Example:
        ```yaml
        deployment: {replicas: 3, deployment_updates: {canary_percent: 5}}
        ```

    Use instead:
        ```yaml
        deployment: {replicas: 20, deployment_updates: {canary_percent: 5}}
        ```
    """
    percent = agent.values["deployment"]["deployment_updates"]["canary_percent"]
    replicas = agent.values["deployment"]["replicas"]
    if percent is None or not replicas or percent * replicas >= 100:  # noqa: PLR2004  # per cent
        return
    if not targeted(environment) or options_of(environment).traffic_router:
        return
    enough = -(-100 // percent)
    yield Diagnostic(
        CANARY_SHARE_IMPOSSIBLE,
        f"a new version of {agent.name} is to get {percent} % of the traffic, but one of {replicas} "
        f"replica{'' if replicas == 1 else 's'} gets {100 / replicas:.3g} %",
        agent.span(*_PERCENT),
        _PERCENT,
        notes=(agent.note(f"{replicas} run at a time", "deployment", "replicas"),),
        hint=(
            f"run {enough} replicas, try it on a larger share, or set options.kubernetes.traffic_router "
            f"of {environment.name} if the cluster has one"
        ),
        subject=agent.name,
        environment=environment.name,
    )


PASS = Pass("canary-share-impossible", 6, (CANARY_SHARE_IMPOSSIBLE,), check)
