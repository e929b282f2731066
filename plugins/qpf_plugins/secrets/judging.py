"""Tells secrets from what only looks like one: references, examples, names, prose, code.

A value under a secret's name is judged by what it is made of. In data any literal there is meant, and in
templates of data outside of their expressions; in code only a quoted one is a literal at all, the rest is an
expression.
"""

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import islice
from math import log2
from typing import NamedTuple

from qpf.api import Caught, catch
from qpf_plugins.secrets.references import is_reference

_PLAIN_DATA = (".yaml", ".yml", ".json", ".env", ".conf", ".toml", ".md", ".sh", "Dockerfile")
_TEMPLATE = ".jinja"
_SIGN = re.compile(r"\{(?=[{%#])|[}%#](?=\})")
_OPENING = ("{{", "{%")
"""What begins an expression or a statement of a template."""

_PASSWORDS = ("password", "passwd", "passphrase", "pwd")
_NO_PASSWORDS = (*_PASSWORDS, "pass", "pw", "secret", "token")
"""What stands in the place of a password in every manual."""

_EXAMPLE = re.compile(
    r"example|change[_-]?me|place[_-]?holder|dummy|redacted|your[_-]|fixme|todo|not[_-]?a[_-]?|insert[_-]",
    re.IGNORECASE,
)
_COUNTED = re.compile(r"(?:0?123456789|abcdefgh)", re.IGNORECASE)
# Words as people make names of: `main`, `agent2`, `v6`.
_WORDS = re.compile(r"[A-Za-z]{0,14}[0-9]{0,3}")
_DIVIDERS = re.compile(r"[-_./: ]")
_SHORTEST, _LEAST_BITS = 12, 3.0
_SHORTEST_PASSWORD = 6


class Secret(NamedTuple):
    """A secret in a text: where it stands, quotes not included, and what it is."""

    start: int
    end: int
    what: str


def secrets_in(path: str, text: str) -> Iterator[Secret]:
    """The secrets of a text, in order; one that several patterns catch is one."""
    last = -1
    told: set[tuple[int, int]] = set()
    is_literal = _literals(path, text)
    for start, end, each in sorted(_places(text), key=_surest_first):
        if start < last or (not each.certain and (start, end) in told):
            continue
        if not _is_secret(text, start, end, each, is_literal):
            continue
        # After a bare value, prose may go on.
        last = start + len(text[start:end].partition(" ")[0])
        if each.certain:
            told.update(each.lines(text))
        yield Secret(start, last, each.kind)


def _places(text: str) -> Iterator[tuple[int, int, Caught]]:
    """Where what was caught stands: each line may be a secret of its own, but not of what its form tells."""
    for each in catch(text):
        lines = each.lines(text)
        for start, end in islice(lines, 1) if each.certain else lines:
            yield start, end, each


def _surest_first(place: tuple[int, int, Caught]) -> tuple[int, bool, int]:
    start, end, caught = place
    return start, not caught.certain, -end


def _is_secret(text: str, start: int, end: int, caught: Caught, is_literal: Callable[[int], bool]) -> bool:
    value = text[start:end]
    if _EXAMPLE.search(value):
        return False
    if caught.certain:
        return True
    if caught.kind == "a password in an address":
        _, colon, value = value.partition(":")
        return bool(colon) and value.lower() not in _NO_PASSWORDS and _is_meant(text, end - len(value), end)
    if not caught.name:
        return _is_random(text, start, end)
    quoted = text[caught.start] in {'"', "'"}
    if not quoted and not is_literal(start):
        return False
    word, space, _ = value.partition(" ")
    if caught.name in {"bearer", "basic"} or space:
        # Prose, or a value that prose goes on after: the first word alone must speak for itself.
        return _is_random(text, start, start + len(word.rstrip(".,;:")))
    if caught.name in _PASSWORDS:
        return _is_password(text, start, end, quoted=quoted)
    return _is_random(text, start, end)


def _literals(path: str, text: str) -> Callable[[int], bool]:
    """Tells whether what stands somewhere without quotes is a literal."""
    inner = path.removesuffix(_TEMPLATE)
    is_data = inner.endswith(_PLAIN_DATA)
    if not is_data or inner == path:
        return lambda _: is_data
    # Looked for once: a template may have as many values as lines.
    signs = [sign.start() for sign in _SIGN.finditer(text)]
    is_inside = [False, *(text[at : at + 2] in _OPENING for at in signs)]
    return lambda start: not is_inside[bisect_right(signs, start - 2)]


def _is_meant(text: str, start: int, end: int) -> bool:
    """Whether a value is one, rather than where one is to be found, or no more than the place of one."""
    return len(set(text[start:end])) > 1 and not is_reference(text, start, end)


def _is_password(text: str, start: int, end: int, *, quoted: bool) -> bool:
    """A literal that people choose: `hunter2`; a bare word may as well be what is said of passwords."""
    value = text[start:end]
    if len(value) < _SHORTEST_PASSWORD or value.lower() in _NO_PASSWORDS:
        return False
    return (quoted or not value.isalpha()) and _is_meant(text, start, end)


def _is_random(text: str, start: int, end: int) -> bool:
    """A literal that a machine made: long, of letters and digits, and no name, number or count."""
    value = text[start:end]
    if len(value) < _SHORTEST or _COUNTED.search(value) or not _is_meant(text, start, end):
        return False
    if all(_WORDS.fullmatch(part) for part in _DIVIDERS.split(value)):
        return False
    return any(map(str.isdigit, value)) and any(map(str.isalpha, value)) and _bits(value) >= _LEAST_BITS


def _bits(value: str) -> float:
    """Shannon's entropy of a character of a value."""
    return -sum(count / len(value) * log2(count / len(value)) for count in Counter(value).values())
