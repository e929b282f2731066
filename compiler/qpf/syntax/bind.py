"""Trees bound to pydantic models: typed values, or findings that stand where the person wrote.

The happy path is one call into pydantic; only a document that fails is walked.
"""

import difflib
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple, TypeVar

from pydantic import BaseModel, ValidationError

from qpf.model.diagnostic import Diagnostic, Fix, Outcome, Report
from qpf.model.digest import canonical
from qpf.model.node import Data, Node, find, locate, to_data
from qpf.model.node import Mapping as MappingNode
from qpf.model.path import Path, format_path
from qpf.model.respelling import replaced
from qpf.model.span import Span
from qpf.syntax.codes import MISSING_KEY, MODEL_CRASHED, UNKNOWN_KEY
from qpf.syntax.header import Form
from qpf.syntax.known_keys import field_at, keys_of, models_at, places_of
from qpf.syntax.mismatch import mismatch
from qpf.syntax.remedies import rewritten

ModelT = TypeVar("ModelT", bound=BaseModel)
Locate = Callable[[Path], Span | None]

_KEY = "[key]"
_EXTRA = "extra_forbidden"
_MISSING = frozenset({"missing", "missing_argument", "missing_keyword_only_argument"})
_MOST_LISTED = 12


def bind(node: Node, model: type[ModelT], *, prefix: Path = ()) -> Outcome[ModelT | None]:
    """Validate a tree, strictly, and report every mismatch at its place.

    Args:
        node: The tree.
        model: The model it must fit.
        prefix: Where the tree stands in its document, for the findings' paths.
    """
    return bind_data(
        to_data(node), partial(locate, node), model, prefix=prefix, locate_key=partial(_key_span, node)
    )


def bind_data(
    data: Data,
    place: Locate,
    model: type[ModelT],
    *,
    prefix: Path = (),
    locate_key: Locate | None = None,
) -> Outcome[ModelT | None]:
    """Validate plain data whose places somebody else knows.

    Args:
        data: JSON-like data.
        place: Gives the span of the value at a path (of the nearest key above where it is absent).
        model: The model it must fit.
        prefix: Where the data stands in its document, for the findings' paths.
        locate_key: Gives the span of the key at a path; by default `place`.
    """
    try:
        return Outcome(model.__pydantic_validator__.validate_python(data, strict=True))
    except ValidationError as error:
        errors = error.errors(include_url=False)
    except Exception as error:  # noqa: BLE001  # a plugin's own validator may raise anything
        return Outcome(None, Report((_crash(model, error, place(()), prefix),)))
    try:
        # Strict Python wants a tuple for a tuple; strict JSON knows that its list is one.
        return Outcome(model.__pydantic_validator__.validate_json(canonical(data), strict=True))
    except ValidationError as error:
        errors = error.errors(include_url=False)
    except (TypeError, ValueError):
        pass  # no JSON-like data: what was said about it in Python stands
    found = _Findings(data, model, prefix, place, locate_key or place)
    return Outcome(None, Report.of(found.of(errors)))


def _crash(model: type[BaseModel], error: Exception, span: Span | None, prefix: Path) -> Diagnostic:
    name = f"{model.__module__}.{model.__qualname__}"
    return Diagnostic(
        MODEL_CRASHED,
        f"the model {name} raised {type(error).__name__}: {error}",
        span,
        prefix,
        hint="that is a fault of the plugin the model belongs to: a validator may raise ValueError only",
    )


class _Placed(NamedTuple):
    """An error with its place.

    Attributes:
        error: What pydantic says.
        path: Where in the data.
        kind: Whether it is about a key: one too many, one missing, one that is not allowed.
        members: Unions on the way, by path, with the member that it speaks for.
    """

    error: Any
    path: Path
    kind: str
    members: tuple[tuple[Path, str], ...]


class _Findings:
    """Turns pydantic's errors about one document into findings."""

    def __init__(self, data: Data, model: type[BaseModel], prefix: Path, place: Locate, key: Locate) -> None:
        self._data = data
        self._model = model
        self._prefix = prefix
        self._place = place
        self._key = key

    def of(self, errors: Sequence[Any]) -> list[Diagnostic]:
        """All findings; errors about the same value are one."""
        groups: dict[tuple[Path, str], list[Any]] = {}
        for place in self._meant([self._placed(error) for error in errors]):
            groups.setdefault((place.path, place.kind), []).append(place.error)
        for path in _misspelt(groups):
            groups = {
                key: errors for key, errors in groups.items() if key[0] != path or key[1] not in _MISSING
            }
        return [self._finding(path, kind, group) for (path, kind), group in groups.items()]

    def _placed(self, error: Any) -> "_Placed":
        """Where an error is in the data: its location without the names of types that pydantic adds."""
        location: tuple[str | int, ...] = error["loc"]
        kind = error["type"] if error["type"] == _EXTRA or error["type"] in _MISSING else ""
        kind = _KEY if location and location[-1] == _KEY else kind
        value: Any = self._data
        path: list[str | int] = []
        members: list[tuple[Path, str]] = []
        for index, part in enumerate(location):
            if _holds(value, part):
                value = value[part]
            elif not (kind in _MISSING and index == len(location) - 1):
                if part != _KEY:
                    members.append((tuple(path), str(part)))
                continue
            path.append(part)
        return _Placed(error, tuple(path), kind, tuple(members))

    @staticmethod
    def _meant(placed: Sequence["_Placed"]) -> list["_Placed"]:
        """Errors of the union member that was meant.

        A union says why each member fails. Those that got further into the value than to its type
        are closer to what was meant, and of them the one that finds least wrong.
        """
        deep: dict[Path, dict[str, int]] = {}
        for each in placed:
            for union, member in each.members:
                if len(each.path) > len(union):
                    faults = deep.setdefault(union, {})
                    faults[member] = faults.get(member, 0) + 1
        best = {union: min(faults, key=lambda member: faults[member]) for union, faults in deep.items()}
        return [
            each
            for each in placed
            if all(best.get(union, member) == member for union, member in each.members)
        ]

    def _finding(self, path: Path, kind: str, errors: Sequence[Any]) -> Diagnostic:
        if kind == _EXTRA:
            return self._unknown(path)
        if kind in _MISSING:
            return self._missing(path)
        if kind == _KEY:
            told = mismatch(path[-1], errors)
            message = f"the key {told.message}" if told.message.startswith('"') else told.message
            return self._diagnostic(told.code, message, self._key(path), path, told.hint)
        value: Any = self._data
        for part in path:
            value = value[part]
        told = mismatch(value, errors, self._form(path))
        name = f"`{path[-1]}`: " if path and isinstance(path[-1], str) else ""
        span = self._place(path)
        fix = rewritten(span, value, told.wanted, told.other)
        return self._diagnostic(told.code, f"{name}{told.message}", _head(span, value), path, told.hint, fix)

    def _unknown(self, path: Path) -> Diagnostic:
        key = str(path[-1])
        models = models_at(self._model, path[:-1])
        known = sorted({name for model in models for name in keys_of(model)})
        aliases = [
            name
            for model in models
            for name, field in keys_of(model).items()
            if field is model.model_fields.get(key)
        ]
        where = f" in `{format_path((*self._prefix, *path[:-1]))}`" if (*self._prefix, *path[:-1]) else ""
        close = aliases or difflib.get_close_matches(key, known, 3, 0.6) or _folded_matches(key, known)
        elsewhere = [place for place in places_of(self._model, key) if place[:-1] != path[:-1]]
        if close:
            hint = f"did you mean {' or '.join(f'`{name}`' for name in close)}?"
        elif elsewhere:
            owner = ".".join(map(str, (*self._prefix, *elsewhere[0][:-1])))
            hint = f"`{key}` belongs in `{owner}`" if owner else f"`{key}` belongs at the top"
        elif known:
            more = ", …" if len(known) > _MOST_LISTED else ""
            hint = f"known keys: {', '.join(known[:_MOST_LISTED])}{more}"
        else:
            hint = "remove it"
        span = self._key(path)
        fix = replaced(span, key, close[0]) if len(close) == 1 else None
        return self._diagnostic(UNKNOWN_KEY, f"unknown key `{key}`{where}", span, path, hint, fix)

    def _missing(self, path: Path) -> Diagnostic:
        owner = (*self._prefix, *path[:-1])
        where = f" in `{format_path(owner)}`" if owner else ""
        field = field_at(self._model, path)
        description = field.description if field is not None and field.description else ""
        hint = f"add `{path[-1]}:`" + (f" ({description.rstrip('.')})" if description else "")
        span = _head(self._place(path[:-1]), {})
        return self._diagnostic(MISSING_KEY, f"the key `{path[-1]}` is missing{where}", span, path, hint)

    def _form(self, path: Path) -> str:
        """How a field is written, if it says so."""
        field = field_at(self._model, path)
        forms = (each.words for each in (field.metadata if field else ()) if isinstance(each, Form))
        return next(forms, "")

    def _diagnostic(  # what differs between findings
        self, code: Any, message: str, span: Span | None, path: Path, hint: str, fix: Fix | None = None
    ) -> Diagnostic:
        return Diagnostic(code, message, span, path=(*self._prefix, *path), hint=hint, fix=fix)


def _misspelt(groups: Mapping[tuple[Path, str], Any]) -> Iterator[Path]:
    """Keys that count as missing only because they are misspelt: one slip, one finding."""
    unknown = [path for path, kind in groups if kind == _EXTRA]
    for path, kind in groups:
        if kind in _MISSING:
            siblings = [str(each[-1]) for each in unknown if each[:-1] == path[:-1]]
            if difflib.get_close_matches(str(path[-1]), siblings, 1):
                yield path


def _holds(value: Data, part: str | int) -> bool:
    if isinstance(value, Mapping):
        return part in value
    return isinstance(value, list | tuple) and isinstance(part, int) and part < len(value)


def _folded_matches(key: str, known: Sequence[str]) -> list[str]:
    """Keys that differ in case and separators only: `maxTokens` for `max_tokens`."""
    folded = key.replace("_", "").replace("-", "").lower()
    return [name for name in known if name.replace("_", "").replace("-", "").lower() == folded]


def _key_span(node: Node, path: Path) -> Span | None:
    """The span of the key at a path, else of the value there."""
    parent = find(node, path[:-1])
    if path and isinstance(parent, MappingNode) and path[-1] in parent.entries:
        return parent.entries[str(path[-1])].span
    return locate(node, path)


def _head(span: Span | None, value: Data) -> Span | None:
    """The first character of a span that covers a collection of several lines."""
    if span is None or span.line == span.end_line or isinstance(value, str):
        return span
    return Span(span.source, span.line, span.column, span.line, span.column + 1)
