"""What formatting has to say."""

from qpf.model.diagnostic import Code, Severity

UNFORMATTED = Code(
    "QPF130", "unformatted", Severity.ERROR, "A schema file is not in the form that `qpf format` gives it."
)
UNFORMATTABLE = Code(
    "QPF131",
    "unformattable",
    Severity.WARNING,
    "A schema file, or the order of some of its keys, was left as it is: nobody but its author can tell what"
    " was meant.",
)
