"""What a value is and what the schema wants, in plain words: pydantic's errors retold.

One mismatch is everything that pydantic says about one place: a union says a line for each
of its members, people want one.
"""

import difflib
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from qpf.model.diagnostic import Code
from qpf.model.node import Data
from qpf.syntax import scalars
from qpf.syntax.characters import quote
from qpf.syntax.codes import INVALID_VALUE, WRONG_TYPE
from qpf.syntax.remedies import as_written, remedy

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
_BOUNDS: Final = {
    "greater_than_equal": ("ge", "too small", "the least allowed is {}"),
    "greater_than": ("gt", "too small", "it must be greater than {}"),
    "less_than_equal": ("le", "too large", "the most allowed is {}"),
    "less_than": ("lt", "too large", "it must be less than {}"),
    "multiple_of": ("multiple_of", "not a multiple", "it must be a multiple of {}"),
}
_LONGEST: Final = 60


class Mismatch(NamedTuple):
    """A finding without its place.

    Attributes:
        wanted: Types that the value should be of, where that is what is wrong.
        other: The one word that was meant, as far as one can tell.
    """

    code: Code
    message: str
    hint: str
    wanted: Sequence[str] = ()
    other: str = ""


def mismatch(value: Data, errors: Sequence[Mapping[str, Any]], form: str = "") -> Mismatch:
    """What is wrong with one value.

    Args:
        value: The value.
        errors: Everything that pydantic says about it: more than one line for a union.
        form: What a text of the right form is, in words; by default its pattern is shown.
    """
    choices = [choice for error in errors if error["type"] in _CHOICES for choice in _choices(error)]
    types = _unique([_EXPECTED[error["type"]] for error in errors if error["type"] in _EXPECTED])
    if "number" in types and "integer" in types:
        types.remove("integer")
    others = [error for error in errors if error["type"] not in _EXPECTED and error["type"] not in _CHOICES]
    if others:
        # The type was right in this member of the union; what it says is closest to the mark.
        message, hint = _refused(value, others[0], form)
        return Mismatch(INVALID_VALUE, message, hint)
    if choices:
        return _not_a_choice(value, choices, types)
    message = f"expected {_either([_article(each) for each in types])}, got {describe(value)}"
    return Mismatch(WRONG_TYPE, message, remedy(value, types), types)


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
        return quote(text)
    return as_written(value)


def _not_a_choice(value: Data, choices: list[str], types: list[str]) -> Mismatch:
    allowed = [*(f"`{choice}`" for choice in choices), *(_article(each) for each in types)]
    if not isinstance(value, str):
        message = f"expected {_either(allowed)}, got {describe(value)}"
        hint = f"put it in double quotes: `{shown(str(value))}`" if str(value) in choices else ""
        wanted = ["string"] if hint else []
        if isinstance(value, bool) and not hint:
            hint = "true and false are booleans, not one of the words"
        return Mismatch(WRONG_TYPE, message, hint, wanted)
    close = difflib.get_close_matches(value.lower(), [choice.lower() for choice in choices], 1)
    named = next((choice for choice in choices if close and choice.lower() == close[0]), "")
    hint = f"did you mean `{named}`?" if named else ""
    message = f"{shown(value)} is not allowed; expected {_either(allowed)}"
    return Mismatch(INVALID_VALUE, message, hint, other=named)


def _choices(error: Mapping[str, Any]) -> list[str]:
    found = _QUOTED.findall(str(error.get("ctx", {}).get("expected", "")))
    return [single or double or bare for single, double, bare in found if bare != "or"]


def _refused(value: Data, error: Mapping[str, Any], form: str) -> tuple[str, str]:
    """Message and hint for a value of the right type that is not allowed."""
    kind = str(error["type"])
    context = error.get("ctx", {})
    if kind in _BOUNDS:
        limit, side, hint = _BOUNDS[kind]
        return f"{shown(value)} is {side}", hint.format(context[limit])
    if kind == "string_pattern_mismatch":
        hint = f"write {form}" if form else f"it must match `{context['pattern']}`"
        return f"{shown(value)} does not have the required form", hint
    if kind in ("string_too_short", "too_short"):
        return _too_short(value, int(context["min_length"]))
    if kind in ("string_too_long", "too_long"):
        unit = "characters" if isinstance(value, str) else "entries"
        return f"{len(value)} {unit} are too many", f"at most {context['max_length']} are allowed"
    if kind in ("value_error", "assertion_error"):
        return str(context.get("error", error["msg"])) or "the value is not allowed", ""
    return _plain(str(error["msg"])), ""


def _too_short(value: Data, least: int) -> tuple[str, str]:
    what = "text" if isinstance(value, str) else "mapping" if isinstance(value, Mapping) else "list"
    unit, units = ("character", "characters") if isinstance(value, str) else ("entry", "entries")
    message = f"the {what} is empty" if not value else f"the {what} is too short"
    return message, f"write at least {least} {unit if least == 1 else units}"


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
