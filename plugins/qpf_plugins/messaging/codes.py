"""Every finding of this plugin."""

from qpf.api import Code, Severity

UNUSABLE_BUS_NAME = Code(
    "QPF620",
    "unusable-bus-name",
    Severity.ERROR,
    "The name of the fleet or of an environment cannot be part of a subject or of a stream's name.",
)

CODES = (UNUSABLE_BUS_NAME,)
