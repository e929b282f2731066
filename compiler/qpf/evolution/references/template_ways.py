"""What the expressions of a template stand for: a way to a field, its keys, or nothing of the kind."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from jinja2 import nodes
from msgspec import Struct
from msgspec.structs import replace

from qpf.evolution.references.mention import EACH, SOME, Part, Reference, Word

_ROOT = "values"
_AS_THEY_ARE = frozenset(
    {"d", "default", "list", "sort", "reverse", "unique", "select", "reject", "selectattr", "rejectattr"}
)
_ONE_OF = frozenset({"first", "last", "min", "max", "random"})
_BY_NAME = frozenset({"selectattr", "rejectattr", "groupby", "attr"})
_LOOKING_UP = frozenset({"items", "keys", "values", "get"})
_SPACE = re.compile(r"\s*")
_BRACKET = re.compile(r"\s*\]")


class Keys(Struct, frozen=True):
    """The keys of what a reference leads to, or one of them."""

    of: Reference


class Pairs(Struct, frozen=True):
    """Its keys, each with its value."""

    of: Reference


Value: TypeAlias = Reference | Keys | Pairs | None
Names: TypeAlias = Mapping[str, Value]


@dataclass
class Expressions:
    """Those of one template, and what they say.

    Attributes:
        text: The template.
        references: What was said of fields so far.
        words: Texts that may be names.
    """

    text: str
    references: list[Reference] = field(default_factory=list)
    words: list[Word] = field(default_factory=list)

    def value(self, node: nodes.Node, names: Names) -> Value:
        """What an expression stands for; a way that ends here is noted."""
        value = self._way(node, names)
        if isinstance(value, Reference):
            self.say(value)
        return value

    def each(self, node: nodes.Node, names: Names) -> list[Value]:
        """What the parts of something stand for."""
        return [self.value(each, names) for each in node.iter_child_nodes()]

    def say(self, way: Reference) -> None:
        """Note a way, from the section on; a name alone is none."""
        path = way.path
        if not way.unclear and _ROOT in path[:-1]:
            way = Reference(way.parts[path.index(_ROOT) + 1 :])
        elif not way.unclear and len(path) == 1:
            return
        if way.parts:
            self.references.append(way)

    def _way(self, node: nodes.Node, names: Names) -> Value:
        """What an expression stands for; a way that may go on is not noted yet."""
        match node:
            case nodes.Name(name=name, lineno=at):
                where = (at, at + len(name))
                return names.get(name, Reference((Part(name, *where, where, "name", at),)))
            case nodes.Getattr(node=inner, attr=name, lineno=dot):
                start = self._behind(dot + 1)
                end = start + len(name)
                part = Part(name, start, end, (dot, end), "dot", _site(node))
                return _further(self._way(inner, names), part)
            case nodes.Getitem(node=inner, arg=nodes.Slice() as arg):
                self.value(arg, names)
                return self._way(inner, names)
            case nodes.Getitem(node=inner):
                base = self._way(inner, names)
                return _further(base, self._subscript(node, base, names))
            case nodes.Call(node=nodes.Getattr(node=inner, attr=method)) if method in _LOOKING_UP:
                base = self._way(inner, names)
                if isinstance(base, Reference):
                    return self._looked_up(node, method, base, names)
            case nodes.Filter(node=nodes.Expr() as inner):
                return self._filtered(node, self.value(inner, names), names)
        return self._made(node, names)

    def _made(self, node: nodes.Node, names: Names) -> Value:
        """What an expression gives that makes something of others."""
        match node:
            case nodes.Compare(expr=nodes.Const(value=str()) as word, ops=[operand]) if "in" in operand.op:
                within = self.value(operand.expr, names)
                within = within.of if isinstance(within, Keys) else within
                if isinstance(within, Reference):
                    self.say(within.to(self._text_part(word, _site(operand.expr))))
                    return None
            case nodes.Const(value=str() as word, lineno=at):
                if self._is_written(word, at):
                    self.words.append(Word(word, at, at + len(word) + 2))
                return None
            case nodes.CondExpr() | nodes.Or() | nodes.And():
                return one_of(self.each(node, names))
        of_fields = [each for each in self.each(node, names) if isinstance(each, Reference)]
        return lost("what it belongs to is computed") if of_fields else None

    def _subscript(self, node: nodes.Getitem, base: Value, names: Names) -> Part:
        """What stands in brackets."""
        arg, site = node.arg, _site(node)
        word = _joined(arg)
        if isinstance(arg, nodes.Const) and isinstance(arg.value, int):
            return Part(arg.value, site=site)
        if word is None:
            key = self.value(arg, names)
            if isinstance(base, Reference):
                same = isinstance(key, Keys) and key.of.path == base.path
                item = isinstance(key, Reference) and key.path == base.to(EACH).path
                return EACH if same or item else replace(SOME, start=node.lineno, end=node.lineno + 1)
            return SOME
        part = self._text_part(arg, site) if isinstance(arg, nodes.Const) else Part(word, site=site)
        bracket = _BRACKET.match(self.text, part.end + 1) if part.style else None
        return part if bracket is None else replace(part, outer=(node.lineno, bracket.end()), style="bracket")

    def _looked_up(self, node: nodes.Call, method: str, base: Reference, names: Names) -> Value:
        """What a method of a mapping gives."""
        if method != "get":
            self.say(base.to(EACH))
            return Pairs(base) if method == "items" else Keys(base) if method == "keys" else base
        first, *others = [*node.args, *node.kwargs] or [nodes.Const(None)]
        for each in others:
            self.value(each, names)
        if isinstance(first, nodes.Const) and isinstance(first.value, str):
            return base.to(self._text_part(first, _site(node)))
        self.value(first, names)
        return base.to(SOME)

    def _filtered(self, node: nodes.Filter, base: Value, names: Names) -> Value:
        """What a filter gives."""
        named = [each.value for each in node.kwargs if each.key == "attribute"]
        named += node.args[:1] if node.name in _BY_NAME else []
        words = [each for each in named if isinstance(each, nodes.Const) and isinstance(each.value, str)]
        words = words if isinstance(base, Reference) else []
        for each in (*node.args, *(pair.value for pair in node.kwargs)):
            if each not in words:
                self.value(each, names)
        if not isinstance(base, Reference):
            return base if node.name in _AS_THEY_ARE else None
        way = base if node.name == "attr" else base.to(EACH)
        for word in words:
            part = self._text_part(word, _site(node))
            dotted = [Part(name, site=part.site) for name in word.value.split(".")]
            way = way.to(*dotted) if len(dotted) > 1 else way.to(part)
            self.say(way)
        if node.name in {"dictsort", "items"}:
            return Pairs(base)
        if node.name in _ONE_OF:
            return base.to(EACH)
        if node.name in _AS_THEY_ARE:
            return base
        if node.name == "attr" and words:
            return way
        return None if node.name == "map" else lost("what it belongs to is computed")

    def _behind(self, at: int) -> int:
        """Where space ends that may begin at a place."""
        space = _SPACE.match(self.text, at)
        assert space is not None
        return space.end()

    def _is_written(self, word: str, at: int) -> bool:
        """Whether a text stands somewhere in quotes just as it is."""
        text, end = self.text, at + 1 + len(word)
        return text[at] in {"'", '"'} and text[at + 1 : end + 1] == word + text[at]

    def _text_part(self, node: nodes.Const, site: int) -> Part:
        """A name that is written as a text."""
        word, start = str(node.value), node.lineno + 1
        if not self._is_written(word, node.lineno):
            return Part(word, site=site)
        return Part(word, start, start + len(word), (start, start + len(word)), "text", site)


def _further(base: Value, part: Part) -> Value:
    return base.to(part) if isinstance(base, Reference) else None


def _site(node: nodes.Node) -> int:
    """Where an expression begins that goes from one thing to the next."""
    while isinstance(node, nodes.Getattr | nodes.Getitem | nodes.Call | nodes.Filter):
        assert node.node is not None
        node = node.node
    return node.lineno


def _joined(node: nodes.Node) -> str | None:
    """A text that is written in one piece or several; None if it is anything else."""
    match node:
        case nodes.Const(value=str() as word):
            return word
        case nodes.Concat(nodes=several):
            words = [_joined(each) for each in several]
        case nodes.Add(left=left, right=right):
            words = [_joined(left), _joined(right)]
        case _:
            return None
    return None if None in words else "".join(filter(None, words))


def one_of(values: Iterable[Value]) -> Value:
    """What stands for one of several things; what is no way to a field counts for nothing."""
    known = [each for each in values if each is not None]
    if not known or all(each == known[0] for each in known):
        return known[0] if known else None
    ways = {(each.path, each.unclear): each for each in known if isinstance(each, Reference)}
    if len(ways) == len({type(each) for each in known}) == 1:
        return next(iter(ways.values()))
    return lost("it may belong to one thing or another") if ways else None


def lost(why: str) -> Reference:
    """A way of which nobody knows where it begins."""
    return Reference((), why)
