"""QPF422: a method's module is not among the imports."""

from collections.abc import Iterator

from qpf.api import Agent, Code, Diagnostic, Environment, Note, Pass, Severity

CODE = Code(
    "QPF422",
    "unimported-method",
    Severity.WARNING,
    "A method's implementation is in a module that is not imported.",
)


def check(agent: Agent, _environment: Environment) -> Iterator[Diagnostic]:
    """A method's `implementation:` lies in a module that `integration.imports` does not list.

    What it does:
        Takes the part before the colon of every implementation and looks for it in the
        composed `integration.imports`.

    Why is this bad:
        Wiring is explicit: the imports are the list a reviewer reads to see what code an
        agent can run. An implementation beside it slips past that review.

    Example:
        ```yaml
        adds:
          methods:
            recall: {description: Reads., implementation: "qpf_runtime.components.memory:recall"}
        ```

    Use instead:
        ```yaml
        adds:
          imports: [qpf_runtime.components.memory]
          methods:
            recall: {description: Reads., implementation: "qpf_runtime.components.memory:recall"}
        ```
    """
    integration = agent.values["integration"]
    imports = integration["imports"]
    for name, method in integration["methods"].items():
        module = method["implementation"].partition(":")[0]
        if module not in imports:
            path = ("integration", "methods", name, "implementation")
            yield Diagnostic(
                CODE,
                f"{agent.name}.{name} is implemented in {module}, which is not among the imports",
                agent.span(*path),
                path,
                notes=(Note("the imports are listed here", agent.span("integration", "imports")),),
                hint=f"add {module} to the imports where the method is declared",
                subject=agent.name,
            )


PASS = Pass("unimported-method", 4, (CODE,), check)
