"""What a template says of fields.

An emitter hands a template values; where these are an agent's sections, they go by the names of the sections,
or stand behind `values`, as in `Agent.values`. So a way to a field begins with a name that the template does
not define, and goes on by `.name`, `["name"]`, `.get("name")` or `attr("name")`; the field is named from the
first part on, or from the one behind `values` on. `"name" in section` and `map(attribute="name")` speak of
fields, too. A name alone does not: most values of emitters are texts.

Followed are `set`, `with` and `for`, the latter through `items`, `keys`, `values`, `dictsort` and filters
that choose or order, and branches of `if` that agree. Not known is where a way leads that goes over a
parameter of a macro, a namespace, or anything computed. What an included template makes of names that the
including one defines is not looked at.
"""

from collections.abc import Iterable

from jinja2 import nodes

from qpf.evolution.references.mention import EACH, Mentions, Reference
from qpf.evolution.references.template_ways import Expressions, Keys, Names, Pairs, Value, lost, one_of
from qpf.syntax.placed import even, placed


def template_mentions(text: str) -> Mentions:
    """Find what a template says of fields.

    Raises:
        UnreadableTextError: If it is no template.
    """
    text = even(text)
    looking = _Looking(text)
    looking.template(placed(text).body)
    return Mentions(tuple(dict.fromkeys(looking.said.references)), tuple(looking.said.words))


class _Looking:
    """A walk through a template, in the order in which it is rendered."""

    def __init__(self, text: str) -> None:
        self._outermost: Names = {}
        self.said = Expressions(text)

    def template(self, statements: Iterable[nodes.Node]) -> None:
        """Walk through a whole template; where it extends another, its blocks come last."""
        known = list(statements)
        if any(isinstance(each, nodes.Extends) for each in known):
            known.sort(key=lambda each: isinstance(each, nodes.Block))
        for each in known:
            self._outermost = self._statement(each, self._outermost)

    # Statements: each gives the names that are known behind it.

    def _body(self, statements: Iterable[nodes.Node], names: Names) -> Names:
        for each in statements:
            names = self._statement(each, names)
        return names

    def _statement(self, node: nodes.Node, names: Names) -> Names:
        match node:
            case nodes.Assign(target=target, node=value):
                return {**names, **_bound(target, self.said.value(value, names))}
            case nodes.AssignBlock(target=target, body=body):
                self._body(body, names)
                return {**names, **_bound(target, None)}
            case nodes.If(test=test, body=body, elif_=others, else_=otherwise):
                self.said.value(test, names)
                branches = [self._body(body, names), self._body(otherwise, names)]
                return _either([*branches, *(self._statement(each, names) for each in others)])
            case nodes.Import(target=target):
                return {**names, target: None}
            case nodes.FromImport(names=imported):
                given = [each if isinstance(each, str) else each[1] for each in imported]
                return {**names, **dict.fromkeys(given)}
            case nodes.Macro(name=name):
                self._scope(node, names)
                return {**names, name: None}
            case _:
                self._scope(node, names)
                return names

    def _scope(self, node: nodes.Node, names: Names) -> None:
        """A statement whose names nobody knows behind it, or that gives none."""
        match node:
            case nodes.For():
                self._loop(node, names)
            case nodes.With(targets=targets, values=values, body=body):
                inner = dict(names)
                for target, value in zip(targets, values, strict=True):
                    inner |= _bound(target, self.said.value(value, names))
                self._body(body, inner)
            case nodes.Macro() | nodes.CallBlock():
                for each in node.defaults:
                    self.said.value(each, names)
                if isinstance(node, nodes.CallBlock):
                    self.said.value(node.call, names)
                given = {each.name: lost(f"`{each.name}` is a parameter of a macro") for each in node.args}
                self._body(node.body, {**names, **given})
            case nodes.Block(body=body, scoped=scoped):
                self._body(body, names if scoped else self._outermost)
            case (
                nodes.FilterBlock(body=body)
                | nodes.Scope(body=body)
                | nodes.ScopedEvalContextModifier(body=body)
            ):
                self._body(body, names)
            case _:
                self.said.each(node, names)

    def _loop(self, node: nodes.For, names: Names) -> None:
        over = self.said.value(node.iter, names)
        given = _bound(node.target, over if isinstance(over, Keys) else None)
        if isinstance(over, Reference):
            self.said.say(over.to(EACH))
            given = _bound(node.target, over.to(EACH))
        elif isinstance(over, Pairs):
            key, *values = node.target.items if isinstance(node.target, nodes.Tuple) else [node.target]
            given = dict(_bound(key, Keys(over.of) if values else None))
            for each in values:
                given |= _bound(each, over.of.to(EACH))
        inner = {**names, "loop": None, **given}
        if node.test is not None:
            self.said.value(node.test, inner)
        self._body(node.body, inner)
        self._body(node.else_, names)


def _bound(target: nodes.Node, value: Value) -> dict[str, Value]:
    """The names that an assignment gives."""
    match target:
        case nodes.Name(name=name):
            return {name: value}
        case nodes.NSRef(name=name):
            return {name: lost(f"`{name}` is a namespace")}
    return {each.name: None for each in target.find_all(nodes.Name)}


def _either(several: Iterable[Names]) -> Names:
    """What names stand for behind branches of which one is taken."""
    known = list(several)
    return {name: one_of([each.get(name) for each in known]) for each in known for name in each}
