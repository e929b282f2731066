"""Tells secrets from what only looks like one: references, examples, names, prose, code.

A value under a secret's name is judged by what it is made of. In a schema any literal there is meant; in code
and templates only a quoted one is a literal at all, the rest is an expression.
"""

import re
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from math import log2
from typing import NamedTuple

from qpf.api import Caught, catch

_PLAIN_DATA = (".yaml", ".yml", ".json", ".env", ".conf", ".toml", ".md")
_PASSWORDS = ("password", "passwd", "passphrase", "pwd")
_NO_PASSWORDS = (*_PASSWORDS, "pass", "pw", "secret", "token")
"""What stands in the place of a password in every manual."""

# A reference to where a secret is kept, or the place of one: `${TOKEN}`, `{{ token }}`, `<token>`, `***`.
_REFERENCE = re.compile(
    r"[$%{<@/|>]|\.{2,}|…|\*+$|x{3,}|-+$|(?:env|vault|secret|secrets|ref|file|sealed|op|arn|sha256|sha512|md5)[:.]",
    re.IGNORECASE,
)
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
    for start, end, each in sorted(_places(text), key=_surest_first):
        if start < last or (not each.certain and (start, end) in told):
            continue
        if not _is_secret(path, text[each.start], text[start:end], each):
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


def _is_secret(path: str, first: str, value: str, caught: Caught) -> bool:
    if _EXAMPLE.search(value):
        return False
    if caught.certain:
        return True
    if caught.kind == "a password in an address":
        _, colon, password = value.partition(":")
        return bool(colon) and _is_meant(password) and password.lower() not in _NO_PASSWORDS
    if not caught.name:
        return _is_random(value)
    quoted = first in {'"', "'"}
    if not quoted and not path.endswith(_PLAIN_DATA):
        return False
    word, space, _ = value.partition(" ")
    if caught.name in {"bearer", "basic"} or space:
        # Prose, or a value that prose goes on after: the first word alone must speak for itself.
        return _is_random(word.rstrip(".,;:"))
    if caught.name in _PASSWORDS:
        return _is_password(value, quoted=quoted)
    return _is_random(value)


def _is_meant(value: str) -> bool:
    """Whether a value is one, rather than where one is to be found, or no more than the place of one."""
    return bool(value) and not _REFERENCE.match(value) and len(set(value)) > 1


def _is_password(value: str, *, quoted: bool) -> bool:
    """A literal that people choose: `hunter2`; a bare word may as well be what is said of passwords."""
    if not _is_meant(value) or len(value) < _SHORTEST_PASSWORD or value.lower() in _NO_PASSWORDS:
        return False
    return quoted or not value.isalpha()


def _is_random(value: str) -> bool:
    """A literal that a machine made: long, of letters and digits, and no name, number or count."""
    if not _is_meant(value) or len(value) < _SHORTEST or _COUNTED.search(value):
        return False
    if all(_WORDS.fullmatch(part) for part in _DIVIDERS.split(value)):
        return False
    return any(map(str.isdigit, value)) and any(map(str.isalpha, value)) and _bits(value) >= _LEAST_BITS


def _bits(value: str) -> float:
    """Shannon's entropy of a character of a value."""
    return -sum(count / len(value) * log2(count / len(value)) for count in Counter(value).values())
