"""Names that belong to the compiler itself; no plugin may register them."""

from qpf.model.policy import CORE_PREFIX

PLUGIN = "qpf"
"""Who the compiler's own findings come from."""

CODE_PREFIX = CORE_PREFIX
"""Codes of the compiler and of the plugins that ship with it."""

DISTRIBUTION = "qpf"
"""The distribution whose plugins may use the prefix."""

SECTIONS = frozenset({"name", "schema_version", "role", "composition", "type", "parent_base", "adds"})
"""Top-level keys of a schema file that say how it is composed."""

EMITTERS = frozenset({"composed", "core", "qpf"})
"""Who wrote the compiler's own artifacts."""

COMMANDS = frozenset(
    {
        "cache", "compile", "drift", "explain", "golden", "graph", "init", "metrics", "migrate",
        "plan", "plugins", "schema", "test", "validate",
    }
)  # fmt: skip
"""The compiler's own subcommands."""

ARTIFACTS = ("environment.yaml", "qpf.lock")
"""Files of an environment's folder that the compiler reads or writes itself."""

ARTIFACT_FOLDERS = ("composed",)
"""Folders of an environment's folder that the compiler writes itself."""
