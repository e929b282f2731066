"""One value written otherwise: what each operation makes of it, or why it cannot."""

import re
from collections.abc import Callable
from types import MappingProxyType

from qpf.model.digest import canonical
from qpf.model.migration import ListToMap, Operation, Rewrite, TypeChange, ValueMap
from qpf.model.node import Atom, Data, Entry, Node, Scalar, Sequence, to_data
from qpf.model.node import Mapping as MappingNode
from qpf.model.span import Span
from qpf.model.wording import show

_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]*)\Z")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?\Z")
_TRUTH = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}


class UnfitError(ValueError):
    """A value that an operation does not know how to rewrite; says why, after "the value"."""


def rewritten(operation: Operation, node: Node) -> Node:
    """What an operation makes of a value.

    Raises:
        UnfitError: If it does not know.
    """
    match operation:
        case ValueMap():
            return _mapped(operation, node)
        case TypeChange(to=to):
            return _CONVERSIONS[to](node)
        case ListToMap(key=key):
            return _keyed(node, key)
        case Rewrite(function=function):
            return node_of(_called(function, to_data(node)), node.span)
    raise TypeError(operation)


def _called(function: Callable[[Data], Data], value: Data) -> Data:
    """What a plugin's function makes of a value, whatever else it does."""
    try:
        return function(value)
    except ValueError:
        raise
    except Exception as error:  # a plugin may raise anything
        message = f"makes the plugin fail: {type(error).__name__}"
        raise UnfitError(message) from error


def text_of(value: Atom) -> str:
    """A value as text."""
    return value if isinstance(value, str) else canonical(value).decode()


def node_of(data: Data, span: Span) -> Node:
    """Plain data as a tree that stands in one place."""
    if isinstance(data, dict):
        entries = {str(key): Entry(span, node_of(value, span)) for key, value in data.items()}
        return MappingNode(MappingProxyType(entries), span)
    if isinstance(data, list | tuple):
        return Sequence(tuple(node_of(item, span) for item in data), span)
    if data is None or isinstance(data, str | int | float):
        return Scalar(data, span)
    message = f"became {type(data).__name__}, which no document can hold"
    raise UnfitError(message)


def _mapped(operation: ValueMap, node: Node) -> Node:
    if isinstance(node, Scalar):
        named = {old: new for old, new in operation.values if isinstance(old, str)}
        value = node.value
        if isinstance(value, str) and value in named:
            return Scalar(named[value], node.span)
        for old, new in operation.values:
            if type(old) is type(value) and old == value:
                return Scalar(new, node.span)
        if not isinstance(value, str) and text_of(value) in named:
            return Scalar(named[text_of(value)], node.span)
        if value is None or operation.otherwise == "keep" or _is_new(value, operation):
            return node
    elif operation.otherwise == "keep":
        return node
    message = f"{show(to_data(node))} is none of {', '.join(text_of(old) for old, _ in operation.values)}"
    raise UnfitError(message)


def _is_new(value: Atom, operation: ValueMap) -> bool:
    return any(type(new) is type(value) and new == value for _, new in operation.values)


def _keyed(node: Node, key: str) -> Node:
    if not isinstance(node, Sequence):
        if isinstance(node, MappingNode) or node.value is None:
            return node
        message = f"{show(node.value)} is no list"
        raise UnfitError(message)
    entries: dict[str, Entry] = {}
    for item in node.items:
        name = item.entries.get(key) if isinstance(item, MappingNode) else None
        if not isinstance(item, MappingNode) or name is None or not isinstance(name.node, Scalar):
            message = f"has an item without `{key}`"
            raise UnfitError(message)
        if not isinstance(name.node.value, str):
            message = f"has an item whose `{key}` is {show(name.node.value)}, which is no text"
            raise UnfitError(message)
        if name.node.value in entries:
            message = f"has two items whose `{key}` is {show(name.node.value)}"
            raise UnfitError(message)
        rest = {other: entry for other, entry in item.entries.items() if other != key}
        entries[name.node.value] = Entry(name.node.span, MappingNode(MappingProxyType(rest), item.span))
    return MappingNode(MappingProxyType(entries), node.span)


def _converting(
    kinds: tuple[type, ...], convert: Callable[[Atom], Atom], name: str
) -> Callable[[Node], Node]:
    """Leaves values of some types, and no value, as they are; converts others."""

    def conversion(node: Node) -> Node:
        if not isinstance(node, Scalar):
            message = f"{show(to_data(node))} cannot be written as {name}"
            raise UnfitError(message)
        value = node.value
        if value is None or type(value) in kinds:
            return node
        converted = convert(value)
        if converted is None:
            message = f"{show(value)} cannot be written as {name}"
            raise UnfitError(message)
        return Scalar(converted, node.span)

    return conversion


def _integer(value: Atom) -> Atom:
    if isinstance(value, str) and _INTEGER.match(value):
        return int(value)
    return int(value) if isinstance(value, float) and value.is_integer() else None


def _number(value: Atom) -> Atom:
    if isinstance(value, str) and _NUMBER.match(value):
        return int(value) if _INTEGER.match(value) else float(value)
    return None


def _boolean(value: Atom) -> Atom:
    return _TRUTH.get(value.lower()) if isinstance(value, str) else None


def _list(node: Node) -> Node:
    if isinstance(node, Sequence) or (isinstance(node, Scalar) and node.value is None):
        return node
    return Sequence((node,), node.span)


def _item(node: Node) -> Node:
    if not isinstance(node, Sequence):
        return node
    if len(node.items) != 1:
        message = f"is a list of {len(node.items)} items, not of one"
        raise UnfitError(message)
    return node.items[0]


_CONVERSIONS: dict[str, Callable[[Node], Node]] = {
    "string": _converting((str,), text_of, "text"),
    "integer": _converting((int,), _integer, "an integer"),
    "number": _converting((int, float), _number, "a number"),
    "boolean": _converting((bool,), _boolean, "true or false"),
    "list": _list,
    "item": _item,
}
