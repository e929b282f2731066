"""The one YAML writer: canonical, and read back alike by every common reader.

YAML 1.1 (PyYAML), 1.2 (ruamel) and the dialect of cluster tools disagree about what a plain
scalar is. A string is written plain only if its first characters and its words rule out
every reading but one; everything else is quoted. Of several ways to write a value there is
only one here, so equal data gives equal bytes.
"""

import math
import re
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Final

from qpf.model.node import Data
from qpf.syntax.characters import INVISIBLE, SURROGATE, UnwritableError, quote

_INSIDE: Final = r"(?:[A-Za-z0-9_./@+=*()%$,;!?'&<>~^|-]|[ ](?![ #:]|\Z)|:(?![ ]|\Z)|#)*+\Z"
_PLAIN: Final = re.compile(rf"(?![A-Za-z]{{1,5}}\Z)[A-Za-z_/]{_INSIDE}", re.ASCII)
_WORD: Final = re.compile(r"[A-Za-z]{1,5}\Z", re.ASCII)
_RESERVED: Final = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})
# Quantities, durations, versions and addresses: no reader knows a number of these forms.
_MEASURE: Final = re.compile(
    r"[0-9]+(?:\.[0-9]+)?(?:m|Ki|Mi|Gi|Ti|ms|s|h)\Z|[0-9]+(?:\.[0-9]+){2,}(?:/[0-9]+)?\Z", re.ASCII
)
# No line that begins or ends with white space, no blank first line: then the indentation of a
# block scalar is what it seems, and no editor or reader can change it unnoticed.
_BLOCK: Final = re.compile(r"(?:[^\s\n](?:[^\n]*[^\s\n])?\n+)+(?:[^\s\n](?:[^\n]*[^\s\n])?)?\Z")
_LONGEST_KEY: Final = 1000


# How a value is written.
_TEXT: Final = 1
_MAP: Final = 2
_LIST: Final = 3
_ATOM: Final = 4
# By exact type, because asking an abstract base class of every value costs more than writing it.
_FORMS: Final[Mapping[type, int]] = {
    str: _TEXT, dict: _MAP, MappingProxyType: _MAP,
    list: _LIST, tuple: _LIST,
    int: _ATOM, bool: _ATOM, float: _ATOM, type(None): _ATOM,
}  # fmt: skip

Order = Callable[[Mapping[str, Data]], Iterable[str]]
_STEP: Final = "  "


def write_yaml(*documents: Data, sort: bool = True) -> bytes:
    """Write documents, with `---` between them.

    Args:
        documents: Mappings with string keys, lists, tuples, strings, numbers, booleans, None.
        sort: Whether keys are sorted (by code point) or keep their order.

    Raises:
        UnwritableError: For data that YAML cannot carry: an infinite number, half a surrogate pair,
            a key that is not a string, an object of another type.
    """
    out: list[str] = []
    order: Order = _by_code_point if sort else iter
    for index, document in enumerate(documents):
        if index:
            out.append("---\n")
        if isinstance(document, Mapping) and document:
            _mapping(document, "", "", out, order)
        elif isinstance(document, list | tuple) and document:
            _sequence(document, "", "", out, order)
        else:
            out.append(f"{_scalar(document)}\n")
    return "".join(out).encode()


def _mapping(data: Mapping[str, Data], lead: str, pad: str, out: list[str], order: Order) -> None:
    deeper = pad + _STEP
    write, form_of = out.append, _FORMS.get
    for key in order(data):
        value = data[key]
        name = _key(key)
        if name[-1] != ":":
            name = f"? {name}\n{pad}:"
        form = form_of(type(value)) or _form(value)
        if form == _TEXT:
            text = _exact(value)
            write(f"{lead}{name} {_block(text, deeper)}" if "\n" in text else f"{lead}{name} {_text(text)}\n")
        elif not value or form == _ATOM:
            write(f"{lead}{name} {_scalar(value)}\n")
        else:
            write(f"{lead}{name}\n")
            (_mapping if form == _MAP else _sequence)(value, deeper, deeper, out, order)
        lead = pad


def _sequence(data: Iterable[Data], lead: str, pad: str, out: list[str], order: Order) -> None:
    deeper = pad + _STEP
    write, form_of = out.append, _FORMS.get
    for value in data:
        form = form_of(type(value)) or _form(value)
        if form == _TEXT:
            text = _exact(value)
            write(f"{lead}- {_block(text, deeper)}" if "\n" in text else f"{lead}- {_text(text)}\n")
        elif not value or form == _ATOM:
            write(f"{lead}- {_scalar(value)}\n")
        else:
            (_mapping if form == _MAP else _sequence)(value, f"{lead}- ", deeper, out, order)
        lead = pad


def _form(value: Data) -> int:
    """How a value of some other type is written: a subclass, or a view."""
    if isinstance(value, str):
        return _TEXT
    if isinstance(value, Mapping):
        return _MAP
    return _LIST if isinstance(value, list | tuple) else _ATOM


def _by_code_point(data: Mapping[str, Data]) -> Iterable[str]:
    try:
        return sorted(data)
    except TypeError:
        message = "keys must be strings"
        raise UnwritableError(message) from None


@lru_cache(maxsize=8192)
def _key(key: Data) -> str:
    """A key with its colon; without, if it is too long: readers look ahead 1,024 bytes for the colon."""
    if not isinstance(key, str):
        message = f"a key must be a string, not {key!r}"
        raise UnwritableError(message)
    text = _text(_exact(key))
    return text if len(text) > _LONGEST_KEY or len(text.encode()) > _LONGEST_KEY else f"{text}:"


def _exact(value: str) -> str:
    """The string itself of a subclass, such as an enumeration, that prints as something else."""
    return value if type(value) is str else str.__str__(value)


@lru_cache(maxsize=8192)
def _text(value: str) -> str:
    """A string in one line: plain where it cannot be taken for anything else, else quoted."""
    if _PLAIN.match(value) or _MEASURE.match(value):
        return value
    if _WORD.match(value) and value.lower() not in _RESERVED:
        return value
    return _quoted(value)


def _quoted(value: str) -> str:
    if SURROGATE.search(value):
        message = "a lone surrogate is half a character and cannot be written"
        raise UnwritableError(message)
    return quote(value)


def _block(value: str, pad: str) -> str:
    """A string of several lines, as a literal block if that is safe."""
    if not _BLOCK.match(value) or INVISIBLE.search(value.replace("\n", "").replace("\t", "")):
        return f"{_quoted(value)}\n"
    body = value.rstrip("\n")
    feeds = len(value) - len(body)
    style = "|-" if feeds == 0 else "|" if feeds == 1 else "|+"
    lines = [f"{pad}{line}\n" if line else "\n" for line in body.split("\n")]
    return f"{style}\n{''.join(lines)}{chr(10) * (feeds - 1)}"


def _scalar(value: Data) -> str:
    """Any value that is not a filled collection."""
    if value is None:
        return "null"
    if value is True:
        return "true"
    if value is False:
        return "false"
    if isinstance(value, str):
        return _text(_exact(value))
    if isinstance(value, int):
        return int.__repr__(value)
    if isinstance(value, float):
        return _float(value)
    if isinstance(value, Mapping):
        return "{}"
    if isinstance(value, list | tuple):
        return "[]"
    message = f"a value of type {type(value).__name__} is not JSON-like data"
    raise UnwritableError(message)


def _float(value: float) -> str:
    if not math.isfinite(value):
        message = f"{value} is not a finite number"
        raise UnwritableError(message)
    text = float.__repr__(value)
    # YAML 1.1 takes `1e+16` for a string: a float needs its point.
    mantissa, exponent, power = text.partition("e")
    return f"{mantissa}.0e{power}" if exponent and "." not in mantissa else text
