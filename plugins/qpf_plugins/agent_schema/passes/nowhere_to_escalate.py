"""QPF514: a trigger tells people, but no people are named."""

from collections.abc import Iterator

from qpf.api import Agent, Code, Diagnostic, Environment, Note, Pass, Severity

CODE = Code(
    "QPF514",
    "nowhere-to-escalate",
    Severity.ERROR,
    "A trigger notifies or escalates, but there is no escalation policy.",
)
_NEEDS_PEOPLE = ("notify", "escalate")


def check(agent: Agent, _environment: Environment) -> Iterator[Diagnostic]:
    """A trigger's action needs people, but the agent has no escalation policy.

    What it does:
        Where a trigger's `action` is `notify` or `escalate`, demands a
        `governance.escalationpolicy`. Where `humanoverride` is true,
        `missing-escalation-policy` has said so already and this rule is silent.

    Why is this bad:
        The trigger fires and nobody hears it.

    Example:
        ```yaml
        governance:
          mode: autonomous
          humanoverride: false
          escalationtriggers: [{name: weak, metric: value, below: 0.3, action: notify}]
        ```

    Use instead:
        ```yaml
        governance:
          mode: autonomous
          humanoverride: false
          escalationpolicy: {channel: operations, contacts: [on-call]}
          escalationtriggers: [{name: weak, metric: value, below: 0.3, action: notify}]
        ```
    """
    governance = agent.values["governance"]
    policy = governance["escalationpolicy"]
    if governance["humanoverride"] or (policy and policy["contacts"]):
        return
    for position, trigger in enumerate(governance["escalationtriggers"]):
        if trigger["action"] in _NEEDS_PEOPLE:
            path = ("governance", "escalationtriggers", position, "action")
            yield Diagnostic(
                CODE,
                f"trigger {trigger['name']} of {agent.name} is to {trigger['action']}, but nobody is named",
                agent.span(*path),
                path,
                notes=(Note("its policy names nobody", agent.span("governance", "escalationpolicy")),)
                if policy
                else (),
                hint="name contacts under governance.escalationpolicy, or let the trigger log or block",
                subject=agent.name,
            )


PASS = Pass("nowhere-to-escalate", 5, (CODE,), check)
