"""QPF431: an agent that depends on others has nothing to reason with."""

from collections.abc import Iterator

from qpf.api import Agent, Code, Diagnostic, Environment, Note, Pass, Severity

CODE = Code(
    "QPF431", "missing-model", Severity.ERROR, "An agent connects to others but has no model to reason with."
)


def check(agent: Agent, _environment: Environment) -> Iterator[Diagnostic]:
    """An agent connects to others but its `reasoningengine` names no model.

    What it does:
        Where `integration.connectto` is not empty, demands `reasoningengine.primary_model`.

    Why is this bad:
        Who asks others for scores and advice must weigh their answers. Without a model the
        answers go nowhere.

    Example:
        ```yaml
        integration: {connectto: [tensoraios]}
        reasoningengine: {}
        ```

    Use instead:
        ```yaml
        integration: {connectto: [tensoraios]}
        reasoningengine: {primary_model: "offline:deterministic"}
        ```
    """
    others = agent.values["integration"]["connectto"]
    if others and agent.values["reasoningengine"]["primary_model"] is None:
        path = ("reasoningengine", "primary_model")
        yield Diagnostic(
            CODE,
            f"{agent.name} connects to {', '.join(others)} but has no model to reason with",
            agent.span(*path),
            path,
            notes=(Note("it connects to others here", agent.span("integration", "connectto")),),
            hint='set reasoningengine.primary_model, for instance to "offline:deterministic"',
            subject=agent.name,
        )


PASS = Pass("missing-model", 4, (CODE,), check)
