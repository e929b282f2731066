"""QPF516: a governed port that no flow can send by."""

from collections.abc import Iterator

from qpf.api import Agent, Code, Diagnostic, Environment, Note, Pass, Severity

CODE = Code(
    "QPF516",
    "ungated-port",
    Severity.ERROR,
    "Output ports are governed, but no flow has a step behind the gate that could send by them.",
)
GATE = "qpf_runtime.components.governance:apply_governance"
"""The step that asks the gate."""


def check(agent: Agent, _environment: Environment) -> Iterator[Diagnostic]:
    """Output ports are governed, but no flow has a step behind the gate that could send by them.

    What it does:
        Where `governance.governed` names ports, looks for a flow in which a step implemented
        by `qpf_runtime.components.governance:apply_governance` stands before another step.
        By which port a step sends is known only when it runs, so this rule cannot tell
        whether the right flow has the gate: a step that sends without the gate's permission
        fails when it runs, with the code `ungoverned`.

    Why is this bad:
        Nothing could ever leave by the port: whatever tries fails.

    Example:
        ```yaml
        governance: {governed: [model_update]}
        communicationstack:
          input:
            match_outcome: {flow: [collect_outcome, send_calibration], ...}
        ```

    Use instead:
        ```yaml
        governance: {governed: [model_update]}
        communicationstack:
          input:
            match_outcome: {flow: [collect_outcome, apply_governance, send_calibration], ...}
        ```
    """
    # A port that does not exist is a finding (QPF515) of its own.
    ports = agent.values["communicationstack"]["output"]
    governed = [name for name in agent.values["governance"]["governed"] if name in ports]
    methods = agent.values["integration"]["methods"]
    gates = {name for name, method in methods.items() if method["implementation"] == GATE}
    flows = [port["flow"] for port in agent.values["communicationstack"]["input"].values()]
    if not governed or any(step in gates for flow in flows for step in flow[:-1]):
        return
    path = ("governance", "governed", agent.values["governance"]["governed"].index(governed[0]))
    yield Diagnostic(
        CODE,
        f"{agent.name} can never send by {', '.join(governed)}: no flow has a step behind the gate",
        agent.span(*path),
        path,
        notes=(Note("the flows are here", agent.span("communicationstack", "input")),),
        hint="compose governance_bridge, and put its step into the flow before the one that sends",
        subject=agent.name,
    )


PASS = Pass("ungated-port", 5, (CODE,), check)
