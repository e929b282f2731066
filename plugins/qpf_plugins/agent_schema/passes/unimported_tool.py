"""QPF423: a tool's module is not among the imports."""

from collections.abc import Iterator

from qpf.api import Agent, Code, Diagnostic, Environment, Note, Pass, Severity

CODE = Code(
    "QPF423",
    "unimported-tool",
    Severity.WARNING,
    "A tool's implementation is in a module that is not imported.",
)


def check(agent: Agent, _environment: Environment) -> Iterator[Diagnostic]:
    """A tool's `implementation:` lies in a module that `integration.imports` does not list.

    What it does:
        Takes the part before the colon of every implementation under `reasoningengine.tools`
        and looks for it in the composed `integration.imports`.

    Why is this bad:
        A tool is code that a model may call. The imports are the list a reviewer reads to
        see what code an agent can run; a tool beside it slips past that review.

    Example:
        ```yaml
        reasoningengine:
          tools:
            market_price: {description: Looks up a price., implementation: "plastos.prices:market_price"}
        ```

    Use instead:
        ```yaml
        integration: {imports: [plastos.prices]}
        reasoningengine:
          tools:
            market_price: {description: Looks up a price., implementation: "plastos.prices:market_price"}
        ```
    """
    imports = agent.values["integration"]["imports"]
    for name, tool in agent.values["reasoningengine"]["tools"].items():
        module = tool["implementation"].partition(":")[0]
        if module not in imports:
            path = ("reasoningengine", "tools", name, "implementation")
            yield Diagnostic(
                CODE,
                f"the tool {name} of {agent.name} is implemented in {module}, which is not among the imports",
                agent.span(*path),
                path,
                notes=(Note("the imports are listed here", agent.span("integration", "imports")),),
                hint=f"add {module} to the imports where the tool is declared",
                subject=agent.name,
            )


PASS = Pass("unimported-tool", 4, (CODE,), check)
