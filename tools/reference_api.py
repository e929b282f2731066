"""The reference of what a plugin may import, and of the hooks it may implement."""

import inspect
from typing import Any

from qpf import api as plugin_api
from qpf import hookspecs

API = """\
# Plugin API

`qpf.api` is all that a plugin may import; import-linter holds the built-in plugins to it as well. Values are
frozen: a plugin gets them, and gives new ones.
"""
HOOKS = """\
# Hooks

A plugin is a module that an entry point of the group `qpf` names. Each hook it implements, marked with
`@hookimpl`, is called once, takes nothing, and returns values. Order never matters: the host sorts by name.
A misspelt hook, a name that is registered twice, a code that was not declared are findings
([why](../decisions/hooks-register-values.md)).
"""


def api() -> str:
    """The page of the API: each name, documented from its docstring when the site is built."""
    parts = [API]
    for name in sorted(plugin_api.__all__):
        value: Any = getattr(plugin_api, name)
        if name in PLAIN:
            parts.append(f"### {name}\n\n{PLAIN[name]}\n")
        else:
            parts.append(f"::: {value.__module__}.{value.__qualname__}\n")
    return "\n".join(parts)


PLAIN = {
    "EVERY_EMITTER": "`*`: the target of a gate that judges whatever is emitted.",
    "Data": "JSON-like data: mapping, list, string, number, boolean or nothing; read-only for plugins.",
    "Event": "Any of `RunStarted`, `StageFinished`, `AgentChecked`, `Planned`, `ExtractionStarted`, "
    "`ExtractionFinished`, `RunFinished`.",
    "Origin": "`kept`, `local`, `remote` or `built`: where an extraction's files come from.",
    "Path": "A path into a document: keys and list positions; `format_path` writes it as people do.",
    "Strategy": "Any of `Append`, `Exclusive`, `Keyed`, `Replace`, `Set`, `Tighten`.",
    "replace": "`replace(value, **changes)`: a copy of a frozen value in which some fields are others.",
    "hookimpl": "Marks a function as the implementation of the hook it is named for.",
}


def hooks() -> str:
    """The page of the hooks, from `hookspecs.py`."""
    parts = [HOOKS]
    for name, function in vars(hookspecs).items():
        if name.startswith("qpf_"):
            signature = str(inspect.signature(function)).replace("collections.abc.", "")
            for module in ("qpf.model.extension.", "qpf.model.cache.", "qpf.model.event."):
                signature = signature.replace(module, "")
            parts.append(
                f"## {name}\n\n```python\ndef {name}{signature}\n```\n\n{inspect.getdoc(function)}\n"
            )
    return "\n".join(parts)
