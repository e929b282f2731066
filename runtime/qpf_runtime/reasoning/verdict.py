"""What goes into a verdict, and what comes out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from qpf_runtime.envelope import Json
from qpf_runtime.governance import Proposal


@dataclass(frozen=True, slots=True)
class Evidence:
    """One thing that speaks for or against.

    Attributes:
        name: What the schema's `weights` call it.
        value: 0 speaks against, 1 for.
        certainty: How sure this is itself, 0 to 1; unknown evidence that was expected has 0.
        amount: How much there is of it, 0 to 1; scales its weight.
        note: A sentence for the reasons.
    """

    name: str
    value: float
    certainty: float = 1.0
    amount: float = 1.0
    note: str = ""


@dataclass(frozen=True, slots=True)
class Case:
    """What a verdict is about.

    Attributes:
        kind: Kind of the packet.
        payload: What it says; whoever sent it wrote this.
        ends: When nobody waits for the verdict any more, by the agent's monotonic clock; None: somebody does.
    """

    kind: str = ""
    payload: Mapping[str, Json] = field(default_factory=dict)
    ends: float | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the evidence amounts to."""

    proposal: Proposal
    value: float
    confidence: float
    reasons: tuple[str, ...]


class Reasoner(Protocol):
    """Weighs evidence."""

    async def judge(
        self, evidence: Sequence[Evidence], factor: float = 1.0, case: Case | None = None
    ) -> Verdict:
        """Come to a verdict; `factor` is what the world at large does to the value.

        Raises:
            Transient: If there may be a verdict later.
        """
