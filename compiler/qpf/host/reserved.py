"""Names that belong to the compiler itself; no plugin may register them."""

import re
from collections.abc import Collection

from qpf.model.policy import CORE_PREFIX

PLUGIN = "qpf"
"""Who the compiler's own findings come from."""

CODE_PREFIX = CORE_PREFIX
"""Codes of the compiler and of the plugins that ship with it."""

DISTRIBUTION = "qpf"
"""The distribution whose plugins may use the prefix."""

SECTIONS = frozenset(
    {"name", "schema_version", "role", "composition", "type", "parent_base", "adds", "environment"}
)
"""Top-level keys of a schema file that say how it is composed, and what is shown beside sections."""

EMITTERS = frozenset({"composed", "core", "qpf"})
"""Who wrote the compiler's own artifacts."""

COMMANDS = frozenset(
    {
        "cache", "ci", "compile", "drift", "explain", "format", "golden", "graph", "init", "lsp",
        "metrics", "migrate", "plan", "plugins", "schema", "test", "validate",
    }
)  # fmt: skip
"""The compiler's own subcommands."""

ARTIFACTS = ("environment.yaml", "qpf.lock")
"""Files of an environment's folder that the compiler reads or writes itself."""

ARTIFACT_FOLDERS = ("composed",)
"""Folders of an environment's folder that the compiler writes itself."""

_PREFIX = re.compile(r"[A-Z]*")
_OWN_PREFIX = "give it a prefix of the fleet's own: `L9-101`"
_FLEETS_CODE = re.compile(r"(?=.{3,24}\Z)[A-Z][A-Z0-9]*(?:-[A-Z0-9]+)*\Z")


def prefix_of(code: str) -> str:
    """The capitals that a code's id begins with: whose it is."""
    found = _PREFIX.match(code)
    return found.group() if found else ""


def is_fleets_code(code: str, taken: Collection[str]) -> bool:
    """Whether a fleet may give out a code: capitals, digits, hyphens, with a prefix that is nobody's."""
    return fault_of(code, taken) is None


def fault_of(code: str, taken: Collection[str]) -> tuple[str, str] | None:
    """Why a fleet may not give out a code, and the remedy; None if it may.

    Args:
        code: Its id.
        taken: Prefixes of the codes of plugins.
    """
    if not _FLEETS_CODE.match(code):
        return f"code `{code}` is none", "a code is 3 to 24 capitals, digits and hyphens: `L9-101`"
    if code.startswith(CODE_PREFIX):
        return f"code {code} has the compiler's prefix", _OWN_PREFIX
    if prefix_of(code) in taken:
        return f"code {code} has the prefix of a plugin", _OWN_PREFIX
    return None
