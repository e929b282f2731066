"""Findings of compiling by others."""

from qpf.model.diagnostic import Code, Severity

UNFINISHED_WORK = Code(
    "QPF070",
    "unfinished-work",
    Severity.ERROR,
    "An executor cannot be used, or gave no result for some agents.",
)
UNLIKE_WORKER = Code(
    "QPF071",
    "unlike-worker",
    Severity.ERROR,
    "A worker has other versions of what compiles, so it would make other files.",
)
