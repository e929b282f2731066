"""Findings of the core's own stages."""

from qpf.model.diagnostic import Code, Severity

UNKNOWN_CODE = Code("QPF019", "unknown-code", Severity.ERROR, "`qpf.yaml` speaks of a code that nobody has.")
MISSING_SECTION = Code(
    "QPF202", "missing-section", Severity.ERROR, "An agent lacks a section that every agent must have."
)
UNKNOWN_SECTION = Code(
    "QPF204", "unknown-section", Severity.ERROR, "A document has a top-level key that no plugin registered."
)
BAD_NAME = Code(
    "QPF205", "bad-name", Severity.ERROR, "A schema's name is malformed or differs from its file's name."
)
UNKNOWN_BASE = Code(
    "QPF210", "unknown-base", Severity.ERROR, "A composition names a base that does not exist."
)
UNKNOWN_SUB = Code(
    "QPF211", "unknown-sub", Severity.ERROR, "A composition names a sub-schema that does not exist."
)
SUB_CYCLE = Code("QPF212", "sub-cycle", Severity.ERROR, "Sub-schemas are composed of each other in a circle.")
BASE_MISFIT = Code(
    "QPF213", "base-misfit", Severity.ERROR, "A sub-schema is composed onto a base that it was not made for."
)
UNKNOWN_ADDS = Code(
    "QPF214", "unknown-adds", Severity.ERROR, "A sub-schema adds something that no section takes."
)
UNKNOWN_OVERRIDE = Code(
    "QPF215", "unmatched-override", Severity.ERROR, "An environment overrides an agent that does not exist."
)
UNKNOWN_AGENT = Code("QPF216", "unknown-agent", Severity.ERROR, "`agents:` and the agents/ folder disagree.")
WRONG_TYPE_TAG = Code(
    "QPF217", "composition-type-mismatch", Severity.ERROR, "`type:` contradicts the composition."
)
MERGE_CONFLICT = Code(
    "QPF220", "merge-conflict", Severity.ERROR, "Layers of equal rank set one value differently."
)
KIND_CONFLICT = Code(
    "QPF221",
    "kind-conflict",
    Severity.ERROR,
    "Layers give one path a mapping here and a list or a value there.",
)
ADDED_TWICE = Code(
    "QPF222", "added-twice", Severity.ERROR, "Two layers add a method or port of the same name."
)
UNKEYED_ITEM = Code(
    "QPF223", "unkeyed-item", Severity.ERROR, "An item of a keyed list lacks its key, or repeats one."
)
DEPENDENCY_UNKNOWN = Code(
    "QPF401", "unknown-dependency", Severity.ERROR, "An agent depends on an agent that does not exist."
)
DEPENDENCY_CYCLE = Code(
    "QPF402", "dependency-cycle", Severity.ERROR, "Agents depend on each other in a circle."
)
UNKNOWN_ENDPOINT = Code(
    "QPF403", "unknown-glue-agent", Severity.ERROR, "The glue layer names an agent that does not exist."
)
UNKNOWN_PACKET = Code(
    "QPF404", "unknown-packet", Severity.ERROR, "A connection carries a packet kind that is not declared."
)
GOVERNANCE_LOOSENED = Code(
    "QPF501", "governance-loosened", Severity.ERROR, "A later layer loosens what an earlier layer governs."
)
UNKNOWN_TARGET = Code(
    "QPF023", "unknown-target", Severity.ERROR, "`targets:` names an emitter that is not installed."
)
UNKNOWN_ENVIRONMENT = Code(
    "QPF024", "unmatched-environment", Severity.ERROR, "qpf.yaml and the environments/ folder disagree."
)
UNKNOWN_OPTIONS = Code(
    "QPF025",
    "unknown-options",
    Severity.ERROR,
    "`options:` names an emitter that is not installed or takes none.",
)
NO_AGENTS = Code(
    "QPF026", "no-agents", Severity.ERROR, "The fleet has no agent, so compiling it would remove everything."
)
