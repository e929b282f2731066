"""Findings about the history of schemas."""

from qpf.model.diagnostic import Code, Severity

VERSION_MISMATCH = Code(
    "QPF801",
    "schema-version-mismatch",
    Severity.ERROR,
    "A document speaks another schema version than its fleet, and no migration leads there.",
)
BAD_OPERATION = Code(
    "QPF802", "bad-operation", Severity.ERROR, "A migration has an operation that cannot be understood."
)
BACKWARD_STEP = Code(
    "QPF803", "backward-step", Severity.ERROR, "A migration leads to a version that is not a later one."
)
DUPLICATE_STEP = Code(
    "QPF804", "duplicate-step", Severity.ERROR, "Two migrations lead from one version to the same other one."
)
AMBIGUOUS_PATH = Code(
    "QPF805",
    "ambiguous-path",
    Severity.ERROR,
    "More than one chain of migrations leads from a version to the fleet's.",
)
CONTRADICTION = Code(
    "QPF806", "contradictory-operations", Severity.ERROR, "Operations of one migration exclude each other."
)
LOSSY_OPERATION = Code(
    "QPF807", "lossy-operation", Severity.ERROR, "A migration drops values without saying that it may."
)
OCCUPIED_FIELD = Code(
    "QPF808", "occupied-field", Severity.ERROR, "A migration would put a value where another one stands."
)
UNFIT_VALUE = Code(
    "QPF809", "unfit-value", Severity.ERROR, "A migration meets a value that it does not know how to rewrite."
)
UNMATCHED_OPERATION = Code(
    "QPF810",
    "unmatched-operation",
    Severity.ERROR,
    "A migration renames or moves a field that no document of the fleet has.",
)
NOT_AUTOMATIC = Code(
    "QPF811",
    "migration-not-automatic",
    Severity.ERROR,
    "A document needs a migration that may not be made while compiling.",
)
UNAPPROVED_MIGRATION = Code(
    "QPF812",
    "unapproved-migration",
    Severity.ERROR,
    "A migration breaks something, and nobody has approved it as it is.",
)
DEPRECATED_FIELD = Code(
    "QPF813", "deprecated-field", Severity.WARNING, "A field is used that will be removed in a later version."
)
MIGRATED = Code(
    "QPF814",
    "migrated-in-memory",
    Severity.NOTE,
    "Documents of an earlier version are migrated while compiling.",
)
UNFAITHFUL_REWRITE = Code(
    "QPF815",
    "unfaithful-rewrite",
    Severity.ERROR,
    "A file cannot be rewritten for a later schema version without losing what a person wrote.",
)
UNUSED_APPROVAL = Code(
    "QPF816",
    "unused-approval",
    Severity.WARNING,
    "An approval is about no migration, or has expired.",
)
STALE_REFERENCE = Code(
    "QPF817",
    "stale-reference",
    Severity.ERROR,
    "A template or a constraint speaks of a field by a name that a migration took from it.",
)
UNDECIDED_REFERENCE = Code(
    "QPF818",
    "undecided-reference",
    Severity.WARNING,
    "A template or a constraint may speak of a field that a migration renamed; only a person can tell.",
)
UNMIGRATED = Code(
    "QPF819",
    "unmigrated-document",
    Severity.ERROR,
    "`qpf ci` found a document that `qpf migrate` would rewrite; compiling migrates it in memory each time.",
)
UNREADABLE_SCHEMA = Code(
    "QPF820",
    "unreadable-schema",
    Severity.ERROR,
    "A schema cannot be understood as one, so nothing is compared.",
)
