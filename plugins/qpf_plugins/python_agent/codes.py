"""Every kind of defect the emitter `python_agent` can find: names that cannot become Python."""

from qpf.api import Code, Severity

RESERVED_NAME = Code(
    "QPF060",
    "reserved-name",
    Severity.ERROR,
    "A name of the schema cannot be a name in emitted Python: a keyword, or taken by the code around it.",
)
COLLIDING_NAME = Code(
    "QPF061",
    "colliding-name",
    Severity.ERROR,
    "Two names of the schema become the same name in emitted Python.",
)
SHADOWING_AGENT = Code(
    "QPF062",
    "shadowing-agent",
    Severity.ERROR,
    "An agent's package would hide a module that is imported under the same name.",
)
UNUSABLE_DEFAULT = Code(
    "QPF063",
    "unusable-default",
    Severity.ERROR,
    "A packet field's default is not a value of the field's type.",
)

CODES = (RESERVED_NAME, COLLIDING_NAME, SHADOWING_AGENT, UNUSABLE_DEFAULT)
