"""Every finding of this plugin."""

from qpf.api import Code, Severity

UNUSABLE_BUS_NAME = Code(
    "QPF620",
    "unusable-bus-name",
    Severity.ERROR,
    "A name cannot be part of a subject of the bus, or means something else there.",
)

CODES = (UNUSABLE_BUS_NAME,)
