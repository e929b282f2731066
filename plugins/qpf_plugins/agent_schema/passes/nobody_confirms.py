"""QPF517: decisions wait for people that do not exist."""

from collections.abc import Iterator

from qpf.api import Agent, Code, Diagnostic, Environment, Note, Pass, Severity

CODE = Code(
    "QPF517",
    "nobody-confirms",
    Severity.ERROR,
    "Every decision of an agent is to be confirmed, but nobody is named to do it.",
)


def check(agent: Agent, _environment: Environment) -> Iterator[Diagnostic]:
    """Every decision of an agent is to be confirmed, but nobody is named to do it.

    What it does:
        Where `governance.mode` is `supervised`, demands contacts in `governance.escalationpolicy`.
        Where `humanoverride` is true, `missing-escalation-policy` has said so already and this
        rule is silent.

    Why is this bad:
        Every decision is held until it times out. The agent answers nothing, ever, and calls it
        supervision.

    Example:
        ```yaml
        governance: {mode: supervised, humanoverride: false}
        ```

    Use instead:
        ```yaml
        governance:
          mode: supervised
          humanoverride: false
          escalationpolicy: {channel: governance, contacts: [governance-board]}
        ```
    """
    governance = agent.values["governance"]
    policy = governance["escalationpolicy"]
    if governance["mode"] != "supervised" or governance["humanoverride"] or (policy and policy["contacts"]):
        return
    path = ("governance", "mode")
    yield Diagnostic(
        CODE,
        f"every decision of {agent.name} is to be confirmed, but nobody is named to do it",
        agent.span(*path),
        path,
        notes=(Note("its policy names nobody", agent.span("governance", "escalationpolicy")),)
        if policy
        else (),
        hint="name contacts under governance.escalationpolicy, or let it decide what it is sure of (hybrid)",
        subject=agent.name,
    )


PASS = Pass("nobody-confirms", 5, (CODE,), check)
