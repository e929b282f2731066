"""What a person has approved: files in `approvals/`, each about one breaking migration as it was then."""

from collections.abc import Iterable
from typing import Annotated, NamedTuple

from pydantic import Field, StringConstraints

from qpf.model.diagnostic import Outcome, Report
from qpf.model.digest import digest_of
from qpf.model.fleet import Document
from qpf.model.migration import Migration
from qpf.model.span import Span
from qpf.model.version import STEP
from qpf.syntax.bind import bind
from qpf.syntax.header import Form, Header

Step = Annotated[
    str,
    StringConstraints(pattern=rf"^{STEP.pattern}$"),
    Form("from which version to which: `5.9.0 -> 6.0.0`"),
]
Fingerprint = Annotated[
    str,
    StringConstraints(pattern=r"^sha256:[0-9a-f]{64}$"),
    Form("it as the finding shows it: `sha256:` and 64 digits or letters from a to f"),
]
Day = Annotated[
    str,
    StringConstraints(pattern=r"^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$"),
    Form("year, month and day: `2027-01-31`"),
]
Text = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]


class ApprovalFile(Header):
    """`approvals/<any name>.yaml`: a breaking migration that a person has looked at."""

    migration: Step = Field(description="Which step, `5.9.0 -> 6.0.0`.", examples=["5.9.0 -> 6.0.0"])
    fingerprint: Fingerprint = Field(description="Of the step as it was looked at; the finding shows it.")
    reviewer: Text = Field(description="Who looked at it.")
    reason: Text = Field(description="Why it may be taken.")
    expires: Day = Field(description="The last day on which this holds.", examples=["2027-01-31"])


class Approval(NamedTuple):
    """One approval; `span` is where it names its step."""

    source: str
    target: str
    fingerprint: str
    expires: str
    span: Span


def read_approvals(documents: Iterable[Document]) -> Outcome[tuple[Approval, ...]]:
    """Read all approvals; one that cannot be read is a finding, and approves nothing."""
    approvals: list[Approval] = []
    reports: list[Report] = []
    for document in sorted(documents, key=lambda each: each.source):
        bound = bind(document.body, ApprovalFile)
        reports.append(bound.report)
        if bound.value is not None:
            ends = STEP.fullmatch(bound.value.migration)
            assert ends is not None
            span = document.body.entries["migration"].node.span
            approvals.append(Approval(ends[1], ends[2], bound.value.fingerprint, bound.value.expires, span))
    return Outcome(tuple(approvals), Report.join(reports))


def fingerprint(step: Migration) -> str:
    """The digest of all that a person looks at: what the step does, and what it says that it breaks."""
    return digest_of([step.plain, step.breaking])
