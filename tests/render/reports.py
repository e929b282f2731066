"""Reports for the tests of the renderers."""

from qpf.model.diagnostic import Code, Diagnostic, Note, Report, Severity
from qpf.model.span import Span

ERROR = Code("QPF220", "merge-conflict", Severity.ERROR, "Two layers disagree.")
WARNING = Code("QPF604", "unused-port", Severity.WARNING, "A port is never used.")
NOTE = Code("QPF801", "version-mismatch", Severity.NOTE, "A document is older.")

SOURCES = {
    "agents/a.yaml": b"name: a\ndeployment:\n  replicas: 3\n  image: x\n",
    "base/b.yaml": b"name: b\ndeployment: {replicas: 1}\n",
}

CONFLICT = Diagnostic(
    ERROR,
    "`replicas` is 3 here and 1 there",
    Span("agents/a.yaml", 3, 3, 3, 14),
    path=("deployment", "replicas"),
    notes=(Note("the base says 1", Span("base/b.yaml", 2, 14, 2, 25)), Note("and nobody may override it")),
    hint="remove one of them",
    subject="a",
    environment="dev",
    plugin="acme",
)
UNUSED = Diagnostic(WARNING, "`out` is sent nowhere", Span("agents/a.yaml", 1, 1, 1, 5))
NOWHERE = Diagnostic(NOTE, "it is old", subject="a", environment="dev")

REPORT = Report.of([NOWHERE, UNUSED, CONFLICT])


def one(message: str = "wrong", span: Span | None = None, hint: str = "") -> Report:
    return Report.of([Diagnostic(ERROR, message, span, hint=hint)])
