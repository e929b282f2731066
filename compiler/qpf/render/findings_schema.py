"""The JSON Schema of the document that `-o json` prints: what a program may rely on in version 1.

Keys may be added to the document, so that none is forbidden.
"""

from collections.abc import Mapping
from typing import Any

_PLACE: Mapping[str, Any] = {
    "file": {"type": ["string", "null"], "description": "Path of a source, relative to the fleet."},
    "line": {"type": ["integer", "null"], "minimum": 1, "description": "Line, from 1."},
    "column": {"type": ["integer", "null"], "minimum": 1, "description": "Column in code points, from 1."},
}
_END: Mapping[str, Any] = {
    "end_line": {"type": ["integer", "null"], "minimum": 1, "description": "Line behind the last character."},
    "end_column": {"type": ["integer", "null"], "minimum": 1, "description": "Column behind it."},
}


def findings_schema() -> dict[str, Any]:
    """The schema."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Findings of qpf, version 1",
        **_object(
            {
                "version": {"const": 1, "description": "Version of this document."},
                "findings": {
                    "type": "array",
                    "items": {"$ref": "#/$defs/finding"},
                    "description": "What was found, sorted by file, line, column, code and message.",
                },
                "suppressed": {
                    "type": "array",
                    "items": {"$ref": "#/$defs/suppressed"},
                    "description": "What comments in sources accept; left out where that is nothing.",
                },
                "fixed": {
                    "type": "array",
                    "items": {"$ref": "#/$defs/fixed"},
                    "description": "What `validate --fix` did, or would do with `--diff`.",
                },
                "diff": {"type": "string", "description": "What `validate --fix --diff` would write."},
                "layers": {
                    "type": "array",
                    "items": {"type": "integer", "minimum": 1, "maximum": 7},
                    "description": "The layers that `--layer` chose.",
                },
            },
            optional=("suppressed", "fixed", "diff", "layers"),
        ),
        "$defs": {
            "finding": _object(_finding()),
            "suppressed": _object({**_finding(), "suppression": _suppression()}),
            "fixed": _object(
                {
                    **{name: {**each, "type": each["type"][0]} for name, each in _PLACE.items()},
                    "code": _code(),
                    "what": {"type": "string", "description": "What was done, in words."},
                }
            ),
            "note": _object({"message": {"type": "string"}, **_PLACE}),
            "edit": _object(
                {
                    **{name: {**each, "type": each["type"][0]} for name, each in {**_PLACE, **_END}.items()},
                    "text": {"type": "string", "description": "What takes the place of that range."},
                }
            ),
        },
    }


def _finding() -> dict[str, Any]:
    return {
        "code": _code(),
        "name": {"type": "string", "description": "The defect in kebab-case."},
        "severity": {"enum": ["error", "warning", "note"], "description": "As the fleet judges it."},
        "message": {"type": "string", "description": "What is wrong here."},
        **_PLACE,
        **_END,
        "path": {"type": "string", "description": "Where in the composed document; empty for nowhere."},
        "agent": {"type": "string", "description": "The agent it is about; empty for none."},
        "environment": {"type": "string", "description": "The environment it is about; empty for none."},
        "notes": {
            "type": "array",
            "items": {"$ref": "#/$defs/note"},
            "description": "Every other line that took part.",
        },
        "hint": {"type": "string", "description": "The remedy."},
        "fix": {"type": ["string", "null"], "description": "What a program can do about it, in words."},
        "applicability": {
            "enum": ["safe", "unsafe", None],
            "description": "Whether `--fix` does it, or only `--fix --unsafe-fixes`.",
        },
        "edits": {
            "type": "array",
            "items": {"$ref": "#/$defs/edit"},
            "description": "The edits of the fix, all in one file, none over another.",
        },
        "plugin": {"type": "string", "description": "Who found it."},
    }


def _suppression() -> dict[str, Any]:
    return {
        **_object(
            {
                "file": {"type": "string"},
                "line": {"type": "integer", "minimum": 1},
                "reason": {"type": "string"},
                "until": {"type": "string", "format": "date", "description": "The last day."},
            }
        ),
        "description": "The comment that accepts it.",
    }


def _code() -> dict[str, Any]:
    return {"type": "string", "pattern": "^[A-Z][A-Z0-9]*(-[A-Z0-9]+)*$", "description": "The code's id."}


def _object(properties: dict[str, Any], optional: tuple[str, ...] = ()) -> dict[str, Any]:
    required = [name for name in properties if name not in optional]
    return {"type": "object", "properties": properties, "required": required}
