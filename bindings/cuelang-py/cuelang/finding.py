"""What vetting comes to, as frozen values."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal, NamedTuple, TypeAlias

Part: TypeAlias = str | int
Path: TypeAlias = tuple[Part, ...]
"""A path into a document: keys and list positions."""

Document: TypeAlias = Mapping[str, Any] | str | bytes
"""A document as data, or as JSON."""


@dataclass(frozen=True, slots=True)
class Partial:
    """A document of which something is not known. Found of it is what is wrong whatever that may be.

    Files of constraints that speak of what is unknown, and of what is absent (a comparison with `_|_`, a
    default), are not asked.

    Attributes:
        known: The document, with nothing where it is unknown what stands there.
        unknown: Paths of what is unknown: keys only, whether or not there is anything.
    """

    known: Document
    unknown: tuple[tuple[str, ...], ...]


Kind: TypeAlias = Literal["value", "missing", "unreadable", "constraint", "unfinished", "skipped"]
"""What is wrong.

- `value`: the document has a value that a constraint forbids
- `missing`: the document lacks what a constraint demands
- `unreadable`: the document is no JSON object
- `constraint`: a constraint makes no sense itself
- `unfinished`: the engine came to no end, so that nothing is known
- `skipped`: nor was it asked, because it came to no end with documents before
"""


class Position(NamedTuple):
    """A place in a file of constraints; lines and columns count from 1, columns in code points."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Rule:
    """A part of the constraints that says something about itself in `@qpf(…)`.

    Attributes:
        says: The attribute's arguments by name.
        at: Where the attribute stands.
        about: Where the field, struct or file begins that it is about.
    """

    says: Mapping[str, str]
    at: Position
    about: Position


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong with a document, or with the constraints themselves.

    Attributes:
        kind: What is wrong.
        message: What the engine says. Its wording changes between versions: show it, never compare it.
        document: Id of the document; empty for what is about the constraints alone.
        path: Where in the document; of what is missing, where it should be.
        data: Paths of those values of the document that took part.
        constraints: Where the constraints stand that took part, the most telling first.
        attribute: What `@qpf(…)` says at the constraint, by name; empty if there is none.
        rule: Where the part begins that the attribute is about.
    """

    kind: Kind
    message: str
    document: str = ""
    path: Path = ()
    data: tuple[Path, ...] = ()
    constraints: tuple[Position, ...] = ()
    attribute: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    rule: Position | None = None

    @property
    def sort_key(self) -> tuple[object, ...]:
        """Document, path, constraint, message: total."""
        path = tuple((isinstance(part, str), part) for part in self.path)
        return (self.document, path, self.rule or Position("", 0, 0), self.constraints, self.message)


@dataclass(frozen=True, slots=True)
class Verdict:
    """All that there is to say of one document.

    Attributes:
        document: Its id.
        findings: What is wrong; nothing, if all is well.
    """

    document: str
    findings: tuple[Finding, ...] = ()

    @property
    def finished(self) -> bool:
        """Whether the engine looked at every constraint."""
        return all(found.kind not in {"unfinished", "skipped"} for found in self.findings)


def read_findings(answer: Iterable[Mapping[str, Any]] | None, document: str = "") -> list[Finding]:
    """Findings as the helper writes them."""
    return [
        Finding(
            kind=each["kind"],
            message=each["message"],
            document=document,
            path=tuple(each["path"] or ()),
            data=tuple(tuple(path) for path in each["data"] or ()),
            constraints=tuple(map(read_position, each["constraints"] or ())),
            attribute=MappingProxyType(each["attribute"] or {}),
            rule=read_position(each["rule"]) if each["rule"] else None,
        )
        for each in answer or ()
    ]


def read_rules(answer: Iterable[Mapping[str, Any]] | None) -> list[Rule]:
    """Rules as the helper writes them."""
    return [
        Rule(MappingProxyType(each["says"] or {}), read_position(each["at"]), read_position(each["about"]))
        for each in answer or ()
    ]


def read_position(at: Mapping[str, Any]) -> Position:
    """A position as the helper writes it."""
    return Position(at["file"], at["line"], at["column"])


def request_for(document: Document | Partial) -> dict[str, Any]:
    """What the helper is sent to vet a document.

    Raises:
        TypeError: If it is no JSON-like data.
        ValueError: If it holds a number that JSON cannot, or nothing at all is known of it.
    """
    if not isinstance(document, Partial):
        return {"vet": _text_of(document)}
    if not all(document.unknown):
        message = "an empty path: what nothing is known of cannot be vetted"
        raise ValueError(message)
    return {"vet": _text_of(document.known), "unknown": [list(path) for path in document.unknown]}


def _text_of(document: Document) -> str:
    """A document as canonical JSON, unless it is JSON already.

    Raises:
        TypeError: If it is no JSON-like data.
        ValueError: If it holds a number that JSON cannot.
    """
    if isinstance(document, str):
        return document
    if isinstance(document, bytes):
        return document.decode(errors="replace")
    return json.dumps(
        document, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False, default=_plain
    )


def _plain(value: object) -> Any:
    if isinstance(value, Mapping):
        return dict(value)
    message = f"not JSON-like data: {type(value).__name__}"
    raise TypeError(message)
