"""An extension of griffe: how a Struct is called, which mkdocstrings shows of dataclasses only."""

from collections.abc import Iterator
from typing import Any

from griffe import (
    Attribute,
    Class,
    Expr,
    ExprCall,
    ExprKeyword,
    Extension,
    Function,
    Module,
    Parameter,
    ParameterKind,
    Parameters,
)

STRUCT = "msgspec.Struct"


class StructSignatures(Extension):
    """Gives every Struct the `__init__` that it has when it runs."""

    def on_package(self, *, pkg: Module, **_: Any) -> None:
        """Go through a package that has been read."""
        for each in _classes(pkg):
            if _is_struct(each):
                each.set_member("__init__", _init(each))


def _classes(inside: Module | Class) -> Iterator[Class]:
    for member in list(inside.members.values()):
        if isinstance(member, Module | Class):
            yield from [member] if isinstance(member, Class) else []
            yield from _classes(member)


def _is_struct(each: Class) -> bool:
    bases = (base for one in (each, *each.mro()) for base in one.bases)
    return any(isinstance(base, Expr) and base.canonical_path == STRUCT for base in bases)


def _init(struct: Class) -> Function:
    found: dict[str, Parameter] = {}
    for each in (*reversed(struct.mro()), struct):
        found |= {one.name: one for one in _parameters(each)}
    ordered = sorted(found.values(), key=lambda one: one.kind is ParameterKind.keyword_only)
    itself = Parameter("self", kind=ParameterKind.positional_or_keyword)
    return Function("__init__", parameters=Parameters(itself, *ordered), returns="None", parent=struct)


def _parameters(struct: Class) -> Iterator[Parameter]:
    named = any(each == "kw_only" for each in struct.keywords)
    kind = ParameterKind.keyword_only if named else ParameterKind.positional_or_keyword
    for member in struct.members.values():
        if not isinstance(member, Attribute) or member.annotation is None or "property" in member.labels:
            continue
        if "class-attribute" in member.labels and "instance-attribute" not in member.labels:
            continue
        yield Parameter(member.name, annotation=member.annotation, kind=kind, default=_default(member.value))


def _default(value: str | Expr | None) -> str | Expr | None:
    """What is there without a word: of `field(default_factory=dict)`, `dict()`."""
    if not isinstance(value, ExprCall) or value.canonical_path != "msgspec.field":
        return value
    (given,) = (each for each in value.arguments if isinstance(each, ExprKeyword))
    return f"{given.value}()" if given.name == "default_factory" else given.value
