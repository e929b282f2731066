"""QPF433: an agent waits for lessons that never come."""

from collections.abc import Iterator

from qpf.api import Agent, Code, Diagnostic, Environment, Note, Pass, Severity, did_you_mean
from qpf_plugins.agent_schema.passes.ports import listed

CODE = Code(
    "QPF433",
    "unheard-feedback",
    Severity.ERROR,
    "An agent learns from a packet kind that none of its ports takes in.",
)


def check(agent: Agent, _environment: Environment) -> Iterator[Diagnostic]:
    """An agent learns from a packet kind that none of its ports takes in.

    What it does:
        Where `learningsystem.enabled` is true, looks for each kind of `learningsystem.feedback`
        among the packets of the agent's input ports and the replies to its output ports.

    Why is this bad:
        The agent never learns, and its drift is measured against nothing: it looks stable
        because nobody tells it otherwise.

    Example:
        ```yaml
        learningsystem: {enabled: true, feedback: [match_outcome]}
        communicationstack: {input: {match_request: {packet: match_request, ...}}}
        ```

    Use instead:
        ```yaml
        learningsystem: {enabled: true, feedback: [match_outcome]}
        communicationstack: {input: {match_outcome: {packet: match_outcome, ...}}}
        ```
    """
    learning = agent.values["learningsystem"]
    if not learning["enabled"]:
        return
    stack = agent.values["communicationstack"]
    heard = {port["packet"] for port in stack["input"].values()}
    heard |= {port["reply"] for port in stack["output"].values() if port["reply"]}
    for position, kind in enumerate(learning["feedback"]):
        if kind not in heard:
            path = ("learningsystem", "feedback", position)
            yield Diagnostic(
                CODE,
                f"{agent.name} learns from {kind}, which none of its ports takes in",
                agent.span(*path),
                path,
                notes=(Note(f"it takes in {listed(heard)}", agent.span("communicationstack", "input")),),
                hint=did_you_mean(kind, heard, f"give it an input port for {kind}, or take it off the list"),
                subject=agent.name,
            )


PASS = Pass("unheard-feedback", 4, (CODE,), check)
