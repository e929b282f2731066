"""How to write what was meant, where that can be told from a value of the wrong type."""

from collections.abc import Collection, Mapping
from typing import Final

from qpf.model.diagnostic import Fix, TextEdit
from qpf.model.node import Atom, Data
from qpf.model.respelling import replaced
from qpf.model.span import Span
from qpf.syntax import scalars

_YES: Final = frozenset({"y", "yes", "on", "true"})
_NO: Final = frozenset({"n", "no", "off", "false"})


def remedy(value: Data, wanted: Collection[str]) -> str:
    """A hint for a value of another type than those wanted, or nothing."""
    if isinstance(value, str):
        return _for_string(value, wanted)
    if value is None:
        return _for_null(wanted)
    if isinstance(value, Mapping):
        return "begin each item with `- `" if "list" in wanted else ""
    if isinstance(value, list | tuple):
        return "write `key: value` lines, without `- `" if "mapping" in wanted else ""
    return _for_scalar(value, wanted)


def rewritten(span: Span | None, value: Data, wanted: Collection[str], other: str) -> Fix | None:
    """The fix of a scalar: put in quotes where a text is wanted, or taken out of them, or another word.

    Args:
        span: Where it stands.
        value: What is written.
        wanted: Types that it should be of.
        other: The word that was meant, if it is a misspelt one.
    """
    if isinstance(value, str):
        if other:
            return replaced(span, value, other)
        text = value.strip()
        if span is None or not _for_string(value, wanted).startswith("remove the quotes"):
            return None
        if span.line != span.end_line or span.end_column - span.column != len(value) + 2:
            return None
        return Fix(f"remove the quotes of `{text}`", (TextEdit(span, text),))
    if span is None or "string" not in wanted or not isinstance(value, int | float):
        return None
    begin = span._replace(end_line=span.line, end_column=span.column)
    end = span._replace(line=span.end_line, column=span.end_column)
    return Fix("put it in double quotes, as it is spelled", (TextEdit(begin, '"'), TextEdit(end, '"')))


def as_written(value: Atom) -> str:
    """A boolean, a number or null as one writes it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return "null" if value is None else repr(value)


def _for_null(wanted: Collection[str]) -> str:
    if "mapping" in wanted:
        return "write its keys below, or `{}`"
    return "write its items below, or `[]`" if "list" in wanted else "write a value after the colon"


def _for_scalar(value: Atom, wanted: Collection[str]) -> str:
    if "string" in wanted:
        if isinstance(value, float):
            return "put it in double quotes, spelled as it should be read"
        return f'put it in double quotes: `"{as_written(value)}"`'
    if "list" in wanted:
        return f"write a list: `[{as_written(value)}]`"
    if "integer" in wanted and isinstance(value, float) and value.is_integer():
        return f"write `{int(value)}`"
    if "boolean" in wanted and value in (0, 1):
        return f"write `{as_written(bool(value))}`"
    return ""


def _for_string(value: str, wanted: Collection[str]) -> str:
    text = value.strip()
    try:
        kind = scalars.kind_of(scalars.resolve(text))
    except ValueError:
        return ""
    if text and (kind in wanted or (kind == "integer" and "number" in wanted)):
        return f"remove the quotes: `{text}`"
    if "boolean" in wanted and text.lower() in _YES | _NO:
        meant = as_written(text.lower() in _YES)
        return f"write `{meant}`: in YAML 1.2 `{text}` is text"
    if "list" in wanted:
        return f"write a list: `[{text}]`" if text.isidentifier() else "write a list, one `- ` line an item"
    return ""
