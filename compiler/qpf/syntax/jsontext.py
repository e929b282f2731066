"""The one JSON writer for files: indented by two, keys sorted, UTF-8, a newline at the end.

Digests are not taken over this form but over `qpf.model.digest.canonical`.
"""

import math
from collections.abc import Mapping
from json.encoder import encode_basestring
from typing import Final

from qpf.model.node import Data
from qpf.syntax.characters import UnwritableError

_WORDS: Final = {None: "null", True: "true", False: "false"}


def write_json(data: Data) -> bytes:
    """Write JSON-like data (read-only views included).

    Raises:
        UnwritableError: For an infinite number, half a surrogate pair, a key that is not a string,
            or an object of another type.
    """
    out: list[str] = []
    _write(data, "\n", out)
    out.append("\n")
    try:
        return "".join(out).encode()
    except UnicodeEncodeError:
        message = "a lone surrogate is half a character and cannot be written"
        raise UnwritableError(message) from None


def _write(data: Data, feed: str, out: list[str]) -> None:
    if isinstance(data, str):
        out.append(encode_basestring(data))
    elif data is None or isinstance(data, bool):
        out.append(_WORDS[data])
    elif isinstance(data, int):
        out.append(int.__repr__(data))
    elif isinstance(data, float):
        if not math.isfinite(data):
            message = f"{data} is not a finite number"
            raise UnwritableError(message)
        out.append(float.__repr__(data))
    elif isinstance(data, dict):
        _write_mapping(data, feed, out)
    elif isinstance(data, list | tuple):
        _write_list(data, feed, out)
    elif isinstance(data, Mapping):  # last, for asking an abstract base class is slow
        _write_mapping(data, feed, out)
    else:
        message = f"a value of type {type(data).__name__} is not JSON-like data"
        raise UnwritableError(message)


def _write_mapping(data: Mapping[str, Data], feed: str, out: list[str]) -> None:
    if not data:
        out.append("{}")
        return
    if not all(isinstance(key, str) for key in data):
        message = "keys must be strings"
        raise UnwritableError(message)
    deeper = feed + "  "
    comma = "{"
    for key in sorted(data):
        out.append(f"{comma}{deeper}{encode_basestring(key)}: ")
        _write(data[key], deeper, out)
        comma = ","
    out.append(feed + "}")


def _write_list(data: list[Data] | tuple[Data, ...], feed: str, out: list[str]) -> None:
    if not data:
        out.append("[]")
        return
    deeper = feed + "  "
    comma = "["
    for value in data:
        out.append(comma + deeper)
        _write(value, deeper, out)
        comma = ","
    out.append(feed + "]")
