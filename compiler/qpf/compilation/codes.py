"""Findings of compiling by others, and of what an extraction may use."""

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
LIMIT_EXCEEDED = Code(
    "QPF072",
    "limit-exceeded",
    Severity.ERROR,
    "An extraction used more processor time, memory or disk than it may.",
)
LOST_WORKER = Code(
    "QPF073",
    "lost-worker",
    Severity.ERROR,
    "A process ended while it worked on an agent, or had to be ended because it gave no answer.",
)
WRONG_MEMORY = Code(
    "QPF074",
    "wrong-memory",
    Severity.ERROR,
    "What is remembered or cached is not what a compile from nothing makes.",
)
