"""A shape in the one spelling that it has: no words about what does not fit, one for what several say."""

import math
from collections.abc import Callable
from fractions import Fraction
from types import MappingProxyType

from msgspec.structs import replace

from qpf.evolution.diff.shapes.plain import type_of
from qpf.evolution.diff.shapes.shape import ABOUT, NUMBERS, TYPES, Shape, Word
from qpf.model.node import Data

Words = dict[str, Word]

_FITS: dict[str, Callable[[Data, Data], bool]] = {
    "minimum": lambda value, bound: value >= bound,
    "maximum": lambda value, bound: value <= bound,
    "exclusiveMinimum": lambda value, bound: value > bound,
    "exclusiveMaximum": lambda value, bound: value < bound,
    "multipleOf": lambda value, step: Fraction(str(value)) % Fraction(str(step)) == 0,
    "minLength": lambda value, least: len(value) >= least,
    "maxLength": lambda value, most: len(value) <= most,
}
PLAIN = frozenset(_FITS)
"""Constraints of which it can be told of any value whether it fits."""


def settled(shape: Shape) -> Shape:
    """The same shape in one spelling."""
    words = {word: said for word, said in shape.words.items() if shape.types & ABOUT.get(word, TYPES)}
    types = shape.types
    words = _counted(_bounded(words, whole=types & NUMBERS == {"integer"}))
    if "enum" in words:
        words, types = _listed(words, types)
    if types == shape.types and words == dict(shape.words):
        return shape
    return replace(shape, types=types, words=MappingProxyType(words))


def fits(word: str, bound: Data, value: Data) -> bool:
    """Whether a value fits a plain constraint, which is about values of its own type only."""
    return type_of(value) not in ABOUT[word] or _FITS[word](value, bound)


def whole_bound(word: str, bound: float) -> tuple[str, int]:
    """A bound of whole numbers, which belongs to what fits."""
    lower = word in {"minimum", "exclusiveMinimum"}
    nearest = math.ceil(bound) if lower else math.floor(bound)
    if word.startswith("exclusive") and nearest == bound:
        nearest += 1 if lower else -1
    return ("minimum" if lower else "maximum"), nearest


def _bounded(words: Words, *, whole: bool) -> Words:
    """Of bounds, the stricter one; what asks nothing of whole numbers is left out."""
    for names in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
        there: list[tuple[str, Word]] = [(name, words.pop(name)) for name in names if name in words]
        if whole:
            there = [
                (word, said._replace(value=bound))
                for name, said in there
                for word, bound in [whole_bound(name, said.value)]
            ]
        if there:
            sign = 1 if names[0] == "minimum" else -1
            word, said = max(there, key=lambda each: (sign * each[1].value, each[0].startswith("exclusive")))
            words[word] = said
    if whole and "multipleOf" in words and Fraction(1) % Fraction(str(words["multipleOf"].value)) == 0:
        del words["multipleOf"]
    return words


def _counted(words: Words) -> Words:
    """How many items of a kind there must be: one, if nobody says else."""
    counts = {"minContains", "maxContains"}
    if "contains" not in words:
        return {word: said for word, said in words.items() if word not in counts}
    words.setdefault("minContains", Word(1, words["contains"].span))
    return words


def _listed(words: Words, types: frozenset[str]) -> tuple[Words, frozenset[str]]:
    """Listed values that fit the rest, which then tells nothing more."""
    said = words["enum"]
    bounds = {word: words[word].value for word in PLAIN & set(words)}
    values = [
        value
        for value in said.value
        if type_of(value) in types and all(fits(word, bound, value) for word, bound in bounds.items())
    ]
    kinds = {type_of(value) for value in values} | {"null"}
    words = {word: each for word, each in words.items() if word not in bounds}
    words["enum"] = said._replace(value=values)
    types &= kinds
    whole = types - {"null"} == {"boolean"} and len(values) == len((False, True))
    if types <= {"null"} or (whole and "const" not in words):  # it lists all that there are
        words = {word: each for word, each in words.items() if word not in {"enum", "const"}}
    return words, types
