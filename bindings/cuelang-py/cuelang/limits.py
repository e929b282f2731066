"""What vetting may take."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """What vetting may take; more is a finding, and what caused it is left out.

    Attributes:
        document_seconds: Wall clock that the verdict on one document is waited for, once it is its turn, or
            one file of constraints by itself. A document that hangs with a file is judged again without it,
            and waited for as long again.
        overall_seconds: Wall clock that all documents of one question may take, with the helpers that are
            started anew for them; the last of these is waited for.
        cpu_seconds: Processor time of one helper process.
        memory_bytes: Memory of one helper process.
        patience: How many documents a file of constraints may fail to come to an end with, before it is
            left out of all that follow.
    """

    document_seconds: float = 5.0
    overall_seconds: float = 600.0
    cpu_seconds: int = 600
    memory_bytes: int = 1 << 30
    patience: int = 2
