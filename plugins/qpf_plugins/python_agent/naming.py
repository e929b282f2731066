"""Names of the schema as names of Python: classes, modules, and which names are not to be had."""

import keyword
import re
import sys
from collections.abc import Iterable, Iterator
from functools import lru_cache

from qpf.api import Diagnostic, Span
from qpf_plugins.python_agent import codes

PACKAGES = frozenset(
    {
        "agents",
        "tests",
        "qpf_runtime",
        "qpf",
        "qpf_plugins",
        "pydantic",
        "pytest",
        "numpy",
        "starlette",
        "uvicorn",
    }
    | {"sqlalchemy", "httpx", "prometheus_client"}
)
"""Packages an agent's own must not hide; the standard library's are added to these."""

MODULES = frozenset({"agent", "build", "config", "core", "packets", "runtime"})
"""Modules of every agent's package, and the names `build` uses."""

CLASSES = frozenset({"ClassVar", "Component", "Turn"})
"""Classes that stand beside a component's own."""

PACKETS = frozenset({"ClassVar", "Field", "Packet"})
"""Classes that stand beside a packet's own."""

METHODS = frozenset({"agent", "name"})
"""Attributes every component has."""

FIELDS = frozenset(
    {
        "kind",
        "version",
        "payload",
        "read",
        "construct",
        "copy",
        "dict",
        "from_orm",
        "json",
        "parse_file",
        "parse_obj",
    }
    | {"parse_raw", "schema", "schema_json", "update_forward_refs", "validate"}
)
"""Attributes every packet has beside those that begin with `model_`."""

_DIGIT = ord("0")
_NUMBER_OR_CHARACTER = re.compile(r"[0-9]+|.", re.DOTALL)
_PYDANTIC = frozenset(
    {"model_computed_fields", "model_config", "model_construct", "model_copy", "model_extra", "model_fields"}
    | {"model_fields_set", "model_json_schema", "model_parametrized_name", "model_post_init", "model_rebuild"}
)


def class_name(name: str) -> str:
    """The class of a module or packet kind: `packet_router` becomes `PacketRouter`."""
    return "".join([part.capitalize() for part in name.split("_")])


def distribution(name: str) -> str:
    """The distribution of an agent: `main_agent` becomes `main-agent`."""
    return "-".join([part for part in name.split("_") if part])


@lru_cache(maxsize=4096)
def natural(text: str) -> tuple[tuple[int, int], ...]:
    """Sort key of import statements: by character, but a number by its value."""
    return tuple(
        [
            (_DIGIT, int(part)) if part.isdigit() else (ord(part), 0)
            for part in _NUMBER_OR_CHARACTER.findall(text)
        ]
    )


def is_standard(name: str) -> bool:
    """Whether the standard library has a module of this name."""
    return name in sys.stdlib_module_names


def is_packet_attribute(field: str) -> bool:
    """Whether pydantic or the runtime's `Packet` has an attribute of this name, or keeps it for itself."""
    return field in FIELDS or field in _PYDANTIC or field.startswith(("model_dump", "model_validate"))


def reserved(
    what: str, name: str, taken: frozenset[str], span: Span, *, becomes: str = ""
) -> Iterator[Diagnostic]:
    """A finding if a name is a keyword or taken."""
    python = becomes or name
    if keyword.iskeyword(python):
        why = "a keyword of Python"
    elif python in taken:
        why = "taken by the code around it"
    else:
        return
    shown = f" (in Python: {python})" if becomes else ""
    yield Diagnostic(
        codes.RESERVED_NAME,
        f"{what} cannot be called {name}{shown}: the name is {why}",
        span,
        hint=f"rename it, for instance to {name}_{_SUFFIX.get(what, 'of_agent')}",
    )


def colliding(what: str, named: Iterable[tuple[str, Span]]) -> Iterator[Diagnostic]:
    """Findings for names that become the same class."""
    first: dict[str, str] = {}
    for name, span in named:
        python = class_name(name)
        if first.setdefault(python, name) != name:
            yield Diagnostic(
                codes.COLLIDING_NAME,
                f"{what} {name} and {first[python]} both become the class {python}",
                span,
                hint="rename one of them so that they differ in more than underscores",
            )


_SUFFIX = {"a sub-schema": "sub", "a method": "packet", "a packet kind": "packet", "a field": "value"}
