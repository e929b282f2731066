"""Operations of migrations in words."""

from collections.abc import Iterable

from qpf.model.migration import (
    FieldAdd,
    FieldDeprecated,
    FieldMove,
    FieldRemove,
    FieldRename,
    Join,
    ListToMap,
    Operation,
    Rewrite,
    Split,
    TypeChange,
    ValueMap,
)
from qpf.model.wording import show


def say(operation: Operation) -> str:  # noqa: PLR0911  # one sentence a word
    """An operation in a sentence's half."""
    match operation:
        case FieldRename(old, new):
            return f"`{old}` is renamed to `{new}`"
        case FieldMove(old, new):
            return f"`{old}` moves to `{new}`"
        case FieldAdd(path, default, has_default):
            return f"`{path}` is new" + (f", `{show(default)}` by default" if has_default else "")
        case FieldRemove(path):
            return f"`{path}` is removed"
        case FieldDeprecated(path, removal, use):
            until = f" and will be removed in {removal}" if removal else ""
            return f"`{path}` is deprecated{until}" + (f"; use `{use}`" if use else "")
        case ValueMap(path, values):
            return f"values of `{path}`: " + ", ".join(
                f"`{show(old)}` → `{show(new)}`" for old, new in values
            )
        case TypeChange(path, to):
            return f"`{path}` becomes {'an' if to[0] == 'i' else 'a'} {to}"
        case ListToMap(path, key):
            return f"`{path}` becomes a mapping by `{key}`"
        case Split(path, into):
            return f"`{path}` is split into {_listed(into)}"
        case Join(paths, into):
            return f"{_listed(paths)} are joined as `{into}`"
        case Rewrite(path, _, summary):
            return f"`{path}`: {summary}"
    raise TypeError(operation)


def _listed(paths: Iterable[str]) -> str:
    *others, last = (f"`{path}`" for path in paths)
    return f"{', '.join(others)} and {last}" if others else last
