"""QPF432: a private API that anyone may call."""

from collections.abc import Iterator

from qpf.api import Agent, Code, Diagnostic, Environment, Pass, Severity

CODE = Code(
    "QPF432",
    "unauthenticated-private-api",
    Severity.ERROR,
    "A private API does not ask callers who they are.",
)


def check(agent: Agent, _environment: Environment) -> Iterator[Diagnostic]:
    """An agent's API is private but does not ask callers who they are.

    What it does:
        Where `deployment.apimode` is `private`, demands `deployment.auth_required: true`.

    Why is this bad:
        Private means that only the fleet may call. Without authentication anything that
        reaches the port may.

    Example:
        ```yaml
        deployment: {apimode: private, auth_required: false}
        ```

    Use instead:
        ```yaml
        deployment: {apimode: private, auth_required: true}
        ```
    """
    deployment = agent.values["deployment"]
    if deployment["apimode"] == "private" and not deployment["auth_required"]:
        path = ("deployment", "auth_required")
        yield Diagnostic(
            CODE,
            f"the private API of {agent.name} does not ask callers who they are",
            agent.span(*path),
            path,
            notes=(agent.note("the API is private", "deployment", "apimode"),),
            hint="set deployment.auth_required to true, or make the API public",
            subject=agent.name,
        )


PASS = Pass("unauthenticated-private-api", 4, (CODE,), check)
