"""What vetting may take."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """What vetting may take; more is a finding, and what caused it is left out.

    Attributes:
        document_seconds: Wall clock that one document may take, or one file of constraints by itself.
        overall_seconds: Wall clock that all documents of one question may take.
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
