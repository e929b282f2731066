"""Codes of constraints that give none of their own, one a layer, and of what is wrong with constraints."""

from qpf.api import Code, Severity

ENGINE_MISSING = Code(
    "QPF029",
    "constraint-engine-missing",
    Severity.ERROR,
    "The fleet has constraints in CUE, and the engine that holds agents to them is not installed.",
)
UNFINISHED = Code(
    "QPF393",
    "constraint-unfinished",
    Severity.ERROR,
    "The engine could not bring a file of constraints to an end within its limits.",
    unsettled=True,
)
BAD_ATTRIBUTE = Code(
    "QPF392",
    "bad-constraint-attribute",
    Severity.ERROR,
    "What a constraint says of itself in `@qpf(…)` cannot be.",
)
TYPES_VIOLATED = Code(
    "QPF390", "constraint-violated", Severity.ERROR, "An agent does not keep to a constraint in CUE."
)
DEPENDENCIES_VIOLATED = Code(
    "QPF490",
    "dependency-constraint-violated",
    Severity.ERROR,
    "An agent does not keep to a constraint in CUE about dependencies.",
)
GOVERNANCE_VIOLATED = Code(
    "QPF590",
    "governance-constraint-violated",
    Severity.ERROR,
    "An agent does not keep to a constraint in CUE about governance.",
)
CONSISTENCY_VIOLATED = Code(
    "QPF690",
    "consistency-constraint-violated",
    Severity.ERROR,
    "An agent does not keep to a constraint in CUE about consistency.",
)
PERFORMANCE_VIOLATED = Code(
    "QPF790",
    "performance-constraint-violated",
    Severity.ERROR,
    "An agent does not keep to a constraint in CUE about performance.",
)
VIOLATED = {
    3: TYPES_VIOLATED,
    4: DEPENDENCIES_VIOLATED,
    5: GOVERNANCE_VIOLATED,
    6: CONSISTENCY_VIOLATED,
    7: PERFORMANCE_VIOLATED,
}
"""What a constraint reports that gives no code of its own, by its layer: it may be of no other."""
