"""QPF610: an agent talks to a service that has no address here."""

from collections.abc import Iterator

from qpf.api import Agent, Diagnostic, Environment, Note, Pass
from qpf_plugins.kubernetes.codes import SERVICE_WITHOUT_ADDRESS
from qpf_plugins.kubernetes.options import BROKER, NAME, options_of, targeted


def check(agent: Agent, environment: Environment) -> Iterator[Diagnostic]:
    """An agent talks to a service that the environment gives no address for.

    What it does:
        Looks up each name of `integration.services` in `options.kubernetes.services`. The
        broker, `nats`, needs a name that agents can connect to, too: a `namespace` or a
        `host`, because a range of addresses is none.

    Why is this bad:
        The agent's NetworkPolicy refuses all traffic it does not name, so the agent would
        start and never reach the service.

    Example:
        ```yaml
        integration: {services: [redis]}          # the agent
        options: {kubernetes: {namespace: l9}}    # environment.yaml
        ```

    Use instead:
        ```yaml
        options:
          kubernetes:
            namespace: l9
            services:
              redis: {namespace: data, labels: {app.kubernetes.io/name: redis}, port: 6379}
        ```
    """
    if not targeted(environment):
        return
    known = options_of(environment).services
    for index, name in enumerate(agent.values["integration"]["services"]):
        if name in known and (name != BROKER or known[name].named):
            continue
        path = ("integration", "services", index)
        yield Diagnostic(
            SERVICE_WITHOUT_ADDRESS,
            f"{agent.name} talks to {name}, which has no address in {environment.name}",
            agent.span(*path),
            path,
            notes=(Note("services are given addresses here", environment.option_span(NAME, "services")),),
            hint=(
                f"add `{name}: {{namespace: …, labels: {{…}}, port: …}}` under options.kubernetes.services "
                f"of {environment.source or 'environment.yaml'}"
            ),
            subject=agent.name,
            environment=environment.name,
        )


PASS = Pass("service-without-address", 6, (SERVICE_WITHOUT_ADDRESS,), check)
