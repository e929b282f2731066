"""QPF421: a flow has a step that the agent cannot do."""

from collections.abc import Iterator

from qpf.api import Agent, Code, Diagnostic, Environment, Note, Pass, Severity, did_you_mean
from qpf_plugins.agent_schema.passes.ports import listed

CODE = Code("QPF421", "unknown-method", Severity.ERROR, "A flow names a method that the agent does not have.")


def check(agent: Agent, _environment: Environment) -> Iterator[Diagnostic]:
    """A step of a port's `flow:` is not a method of the agent.

    What it does:
        Looks up every step of every flow in `integration.methods`, after composing: methods
        come from the base, from every sub-schema's `adds.methods`, and from the agent. A
        method that no flow uses is fine.

    Why is this bad:
        The emitted agent could not be put together. Often the sub-schema that brings the
        method was left out of the composition.

    Example:
        ```yaml
        composition: {base: orchestrator, subs: [packet_router]}
        communicationstack:
          input:
            match_request: {packet: match_request, flow: [validate_packet, remember], ...}
        ```

    Use instead:
        ```yaml
        composition: {base: orchestrator, subs: [packet_router, memory_bridge]}
        ```
    """
    methods = agent.values["integration"]["methods"]
    for name, port in agent.values["communicationstack"]["input"].items():
        for position, step in enumerate(port["flow"]):
            if step not in methods:
                path = ("communicationstack", "input", name, "flow", position)
                yield Diagnostic(
                    CODE,
                    f"{agent.name} has no method {step}, a step of its input port {name}",
                    agent.span(*path),
                    path,
                    notes=(Note(f"its methods: {listed(methods)}", agent.span("integration", "methods")),),
                    hint=did_you_mean(
                        step,
                        methods,
                        "compose the sub-schema that adds it, or declare it under integration.methods",
                    ),
                    subject=agent.name,
                )


PASS = Pass("unknown-method", 4, (CODE,), check)
