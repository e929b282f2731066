"""What a value is and what the schema wants, in plain words: pydantic's errors retold.

One mismatch is everything that pydantic says about one place: a union says a line for each
of its members, people want one.
"""

import difflib
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from qpf.model.diagnostic import Code
from qpf.model.node import Data
from qpf.syntax import scalars
from qpf.syntax.codes import INVALID_VALUE, WRONG_TYPE

_EXPECTED: Final[Mapping[str, str]] = {
    "string_type": "string", "string_sub_type": "string", "int_type": "integer", "int_from_float": "integer",
    "int_parsing": "integer", "float_type": "number", "float_parsing": "number", "bool_type": "boolean",
    "bool_parsing": "boolean", "list_type": "list", "tuple_type": "list", "set_type": "list",
    "frozen_set_type": "list", "iterable_type": "list", "dict_type": "mapping", "model_type": "mapping",
    "model_attributes_type": "mapping", "mapping_type": "mapping", "dataclass_type": "mapping",
    "none_required": "null", "date_type": "date", "datetime_type": "date and time",
}  # fmt: skip
_CHOICES: Final = frozenset({"literal_error", "enum"})
_QUOTED: Final = re.compile(r"'((?:[^'\\]|\\.)*)'|\"((?:[^\"\\]|\\.)*)\"|([^\s,'\"]+)")
_YES: Final = frozenset({"y", "yes", "on", "true"})
_NO: Final = frozenset({"n", "no", "off", "false"})
_LONGEST: Final = 60


class Mismatch(NamedTuple):
    """A finding without its place."""

    code: Code
    message: str
    hint: str


def mismatch(value: Data, errors: Sequence[Mapping[str, Any]]) -> Mismatch:
    """What is wrong with one value.

    Args:
        value: The value.
        errors: Everything that pydantic says about it: more than one line for a union.
    """
    choices = [choice for error in errors if error["type"] in _CHOICES for choice in _choices(error)]
    types = _unique([_EXPECTED[error["type"]] for error in errors if error["type"] in _EXPECTED])
    others = [error for error in errors if error["type"] not in _EXPECTED and error["type"] not in _CHOICES]
    if others:
        # The type was right in this member of the union; what it says is closest to the mark.
        message, hint = _refused(value, others[0])
        return Mismatch(INVALID_VALUE, message, hint)
    if choices:
        return _not_a_choice(value, choices, types)
    message = f"expected {_either([_article(each) for each in types])}, got {describe(value)}"
    return Mismatch(WRONG_TYPE, message, _type_hint(value, types))


def describe(value: Data) -> str:
    """A value as messages tell it: `string "3"`, `a list`."""
    if isinstance(value, Mapping):
        return "a mapping"
    if isinstance(value, list | tuple):
        return "a list"
    if value is None:
        return "null"
    return f"{scalars.kind_of(value)} {shown(value)}"


def shown(value: Data) -> str:
    """A scalar as one writes it."""
    if isinstance(value, str):
        text = value if len(value) <= _LONGEST else value[: _LONGEST - 3] + "..."
        return json.dumps(text, ensure_ascii=False)  # noqa: TID251  # for a message, not for a file
    if isinstance(value, bool):
        return "true" if value else "false"
    return "null" if value is None else repr(value)


def _not_a_choice(value: Data, choices: list[str], types: list[str]) -> Mismatch:
    allowed = [*map(shown_choice, choices), *(_article(each) for each in types)]
    if not isinstance(value, str):
        message = f"expected {_either(allowed)}, got {describe(value)}"
        hint = f"put it in double quotes: `{shown(str(value))}`" if str(value) in choices else ""
        if isinstance(value, bool) and not hint:
            hint = "true and false are booleans, not one of the words"
        return Mismatch(WRONG_TYPE, message, hint)
    close = difflib.get_close_matches(value.lower(), [choice.lower() for choice in choices], 1)
    named = next((choice for choice in choices if close and choice.lower() == close[0]), "")
    hint = f"did you mean `{named}`?" if named else ""
    return Mismatch(INVALID_VALUE, f"{shown(value)} is not allowed; expected {_either(allowed)}", hint)


def shown_choice(choice: str) -> str:
    """An allowed word as messages tell it."""
    return f"`{choice}`"


def _choices(error: Mapping[str, Any]) -> list[str]:
    found = _QUOTED.findall(str(error.get("ctx", {}).get("expected", "")))
    return [single or double or bare for single, double, bare in found if bare != "or"]


def _refused(value: Data, error: Mapping[str, Any]) -> tuple[str, str]:
    """Message and hint for a value of the right type that is not allowed."""
    context = error.get("ctx", {})
    limit = context.get(
        {"greater_than_equal": "ge", "greater_than": "gt", "less_than_equal": "le", "less_than": "lt"}.get(
            error["type"], ""
        )
    )
    match error["type"]:
        case "greater_than_equal":
            return f"{shown(value)} is too small", f"the least allowed is {limit}"
        case "greater_than":
            return f"{shown(value)} is too small", f"it must be greater than {limit}"
        case "less_than_equal":
            return f"{shown(value)} is too large", f"the most allowed is {limit}"
        case "less_than":
            return f"{shown(value)} is too large", f"it must be less than {limit}"
        case "multiple_of":
            return f"{shown(value)} is not a multiple of {context['multiple_of']}", ""
        case "string_pattern_mismatch":
            return f"{shown(value)} does not have the required form", f"it must match `{context['pattern']}`"
        case "string_too_short" | "too_short":
            return _too_short(value, int(context["min_length"]))
        case "string_too_long" | "too_long":
            unit = "characters" if isinstance(value, str) else "entries"
            return f"{len(value)} {unit} are too many", f"at most {context['max_length']} are allowed"
        case "value_error" | "assertion_error":
            return str(context.get("error", error["msg"])) or "the value is not allowed", ""
        case _:
            return _plain(str(error["msg"])), ""


def _too_short(value: Data, least: int) -> tuple[str, str]:
    what = (
        "the text" if isinstance(value, str) else "the mapping" if isinstance(value, Mapping) else "the list"
    )
    unit = "character" if isinstance(value, str) else "entry"
    plural = unit if least == 1 else "entries" if unit == "entry" else "characters"
    message = f"{what} is empty" if not value else f"{what} is too short"
    return message, f"write at least {least} {plural}"


def _type_hint(value: Data, types: list[str]) -> str:
    """How to write what is meant, where that can be told from the value."""
    wanted = set(types)
    if isinstance(value, str):
        return _unquote_hint(value, wanted)
    if value is None:
        if "mapping" in wanted:
            return "write its keys below, or `{}`"
        return "write its items below, or `[]`" if "list" in wanted else "write a value after the colon"
    if isinstance(value, Mapping):
        return "begin each item with `- `" if "list" in wanted else ""
    if isinstance(value, list | tuple):
        return "write `key: value` lines, without `- `" if "mapping" in wanted else ""
    if "string" in wanted:
        return (
            f'put it in double quotes: `"{shown(value)}"`'
            if not isinstance(value, float)
            else ("put it in double quotes, spelled as it should be read")
        )
    if "list" in wanted:
        return f"write a list: `[{shown(value)}]`"
    if "integer" in wanted and isinstance(value, float) and value.is_integer():
        return f"write `{int(value)}`"
    if "boolean" in wanted and value in (0, 1):
        return f"write `{shown(bool(value))}`"
    return ""


def _unquote_hint(value: str, wanted: set[str]) -> str:
    try:
        meant = scalars.resolve(value.strip())
    except ValueError:
        return ""
    kind = scalars.kind_of(meant)
    if kind in wanted or (kind == "integer" and "number" in wanted):
        return f"remove the quotes: `{value.strip()}`"
    if "boolean" in wanted and value.lower() in _YES | _NO:
        return f"write `{'true' if value.lower() in _YES else 'false'}`: in YAML 1.2 `{value}` is text"
    if "list" in wanted:
        return f"write a list: `[{value}]`" if value.isidentifier() else "write a list: one `- ` line an item"
    return ""


def _article(kind: str) -> str:
    if kind == "null":
        return kind
    return f"an {kind}" if kind[0] in "aeiou" else f"a {kind}"


def _either(words: Sequence[str]) -> str:
    words = _unique(words)
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"


def _unique(words: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(words))


def _plain(message: str) -> str:
    text = message.removeprefix("Input should be ").removeprefix("Value error, ")
    text = text if text != message else message[:1].lower() + message[1:]
    return f"expected {text}" if message.startswith("Input should be ") else text
