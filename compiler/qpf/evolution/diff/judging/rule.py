"""A rule: which differences it is about, and what it says of each; one file in `rules/` each."""

import importlib
import inspect
import pkgutil
from collections.abc import Callable
from functools import cache
from typing import Literal, TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from qpf.evolution.diff import rules as folder
from qpf.evolution.diff.facts.fact import Fact, Kind
from qpf.evolution.diff.shapes.shape import Shape
from qpf.model.merge import Fixed, Tighten
from qpf.model.path import Path
from qpf.model.schema_change import Answer, Cover, Effect, Weight

Reliance: TypeAlias = Literal["needed", "shared", "free", "unknown"]
"""Agents without a field are refused; others depend on it; agents do without; nobody knows."""


def _unknown(path: Path) -> Reliance:
    del path
    return "unknown"


class Setting(Struct, frozen=True):
    """What is known of the two schemas as wholes.

    Attributes:
        old: The schema version that the earlier one speaks; empty if it does not say.
        new: The version of the later one.
        shape: The later one; None if it is gone.
        reliance: What becomes of agents if nobody says a field.
        spoken: The versions that documents of the later side speak.
        broken: Where documents are no longer valid, once that is known.
        uncovered: Where no migration carries them over.
        undeclared: Where none tells.
    """

    old: str = ""
    new: str = ""
    shape: Shape | None = None
    reliance: Callable[[Path], Reliance] = _unknown
    spoken: frozenset[str] = frozenset()
    broken: tuple[str, ...] = ()
    uncovered: tuple[str, ...] = ()
    undeclared: tuple[str, ...] = ()


class Verdict(Struct, frozen=True):
    """What a rule says of a difference.

    Attributes:
        message: What changed, without its place.
        backward: Whether every document that was valid still is.
        forward: Whether every document that is valid now was.
        cover: What carries documents over.
        hint: What to do.
        weight: How much is asked; by default what `backward` implies.
    """

    message: str
    backward: Answer
    forward: Answer
    cover: Cover = "none"
    hint: str = ""
    weight: Weight | None = None

    @property
    def weighs(self) -> Weight:
        """How much is asked."""
        implied = {"yes": Weight.SAFE, "unknown": Weight.DANGEROUS, "no": Weight.BREAKING}
        return implied[self.backward] if self.weight is None else self.weight


class Rule(Struct, frozen=True):
    """A rule about what documents may say.

    Attributes:
        code: `E005`.
        name: In kebab-case: `field-removed`.
        kinds: Which differences it is about.
        judge: What it says of one; None if that is not its case.
        page: What a person should know about it; the first line is a sentence of its own.
    """

    code: str
    name: str
    kinds: tuple[Kind, ...]
    judge: Callable[[Fact, Setting], Verdict | None]
    page: str = ""


class PolicyRule(Struct, frozen=True):
    """A rule about what governs agents; it is asked only about fields that a section declares as governed.

    Attributes:
        judge: What a difference does to them; None if that is not its case.
    """

    code: str
    name: str
    kinds: tuple[Kind, ...]
    judge: Callable[[Fact, Tighten | Fixed], Effect | None]
    page: str = ""


@cache
def rules() -> tuple[Rule, ...]:
    """Every rule about documents, by code; the last one takes what no other one knows."""
    return tuple(each for each in every_rule() if isinstance(each, Rule))


@cache
def policy_rules() -> tuple[PolicyRule, ...]:
    """Every rule about what governs agents, by code."""
    return tuple(each for each in every_rule() if isinstance(each, PolicyRule))


@cache
def every_rule() -> tuple[Rule | PolicyRule, ...]:
    """Every rule there is, by code."""
    found: list[Rule | PolicyRule] = []
    for module in sorted(each.name for each in pkgutil.iter_modules(folder.__path__)):
        loaded = importlib.import_module(f"{folder.__name__}.{module}")
        rule: Rule | PolicyRule = loaded.RULE
        found.append(replace(rule, page=inspect.getdoc(loaded) or ""))
    return tuple(sorted(found, key=lambda each: each.code))


@cache
def summaries() -> dict[str, str]:
    """What each rule is about, by code, in a sentence."""
    return {each.code: " ".join(each.page.partition("\n\n")[0].split()) for each in every_rule()}
