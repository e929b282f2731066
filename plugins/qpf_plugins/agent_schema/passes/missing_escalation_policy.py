"""QPF511: people may overrule an agent that has nobody to ask."""

from collections.abc import Iterator

from qpf.api import Agent, Code, Diagnostic, Environment, Note, Pass, Severity

CODE = Code(
    "QPF511",
    "missing-escalation-policy",
    Severity.ERROR,
    "A person may overrule the agent, but nobody is named to be asked.",
)


def check(agent: Agent, _environment: Environment) -> Iterator[Diagnostic]:
    """An agent allows human override but names nobody to be asked.

    What it does:
        Where `governance.humanoverride` is true, demands a `governance.escalationpolicy`
        with at least one contact.

    Why is this bad:
        An override that nobody is told about is none: escalated decisions wait for their
        whole timeout, and then happen anyway or never.

    Example:
        ```yaml
        governance: {mode: hybrid, humanoverride: true}
        ```

    Use instead:
        ```yaml
        governance:
          mode: hybrid
          humanoverride: true
          escalationpolicy: {channel: governance, contacts: [governance-board]}
        ```
    """
    governance = agent.values["governance"]
    policy = governance["escalationpolicy"]
    if governance["humanoverride"] and not (policy and policy["contacts"]):
        # What is absent stands nowhere: then it is blamed on what asks for it.
        allowed = ("governance", "humanoverride")
        path = ("governance", "escalationpolicy", "contacts") if policy else allowed
        fault = "its escalation policy names no contacts" if policy else "there is no escalation policy"
        yield Diagnostic(
            CODE,
            f"a person may overrule {agent.name}, but {fault}",
            agent.span(*path),
            path,
            notes=(Note("human override is allowed here", agent.span(*allowed)),) if policy else (),
            hint="name at least one contact under governance.escalationpolicy.contacts",
            subject=agent.name,
        )


PASS = Pass("missing-escalation-policy", 5, (CODE,), check)
