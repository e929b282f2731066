"""QPF512: a trigger that cannot tell when to fire."""

from collections.abc import Iterator

from qpf.api import Agent, Code, Diagnostic, Environment, Note, Pass, Severity

CODE = Code("QPF512", "unactionable-trigger", Severity.ERROR, "An escalation trigger has no bound, or two.")


def check(agent: Agent, _environment: Environment) -> Iterator[Diagnostic]:
    """An escalation trigger has neither `below` nor `above`, or both.

    What it does:
        Demands exactly one of the two in every item of `governance.escalationtriggers`,
        after composing: one layer may give the name and the action, another the bound.

    Why is this bad:
        Without a bound the trigger never fires; with both it is unclear which side is the
        bad one, and a later layer could not be held to tightening it.

    Example:
        ```yaml
        escalationtriggers:
          - {name: low_confidence, metric: confidence, action: escalate}
        ```

    Use instead:
        ```yaml
        escalationtriggers:
          - {name: low_confidence, metric: confidence, below: 0.7, action: escalate}
        ```
    """
    for position, trigger in enumerate(agent.values["governance"]["escalationtriggers"]):
        below, above = trigger["below"] is not None, trigger["above"] is not None
        if below != above:
            continue
        path = ("governance", "escalationtriggers", position)
        notes = (Note("the other bound is here", agent.span(*path, "below")),) if below else ()
        yield Diagnostic(
            CODE,
            f"the trigger {trigger['name']} of {agent.name} has {'two bounds' if below else 'no bound'}",
            agent.span(*path, "above"),
            path,
            notes=notes,
            hint="give it exactly one of below and above; two triggers if both sides are bad",
            subject=agent.name,
        )


PASS = Pass("unactionable-trigger", 5, (CODE,), check)
